import { isProblem } from "../../platform/api/client";
import { route } from "../../platform/browser/router";
import { t } from "../../platform/i18n";
import { switches } from "../../platform/state/feature-switches";
import { can } from "../../platform/state/session";
import { Icon } from "../../ui/Icon";
import { SuggestionBar } from "../suggestions/Suggestions";
import type { SuggestionTools } from "../suggestions/use-suggestions";
import type { Phase } from "./submission";
import type { ComposerState } from "./use-composer";

interface Props {
  label: string;
  composer: Pick<ComposerState, "phase" | "sendNow" | "giveUp">;
  ready: boolean;
}

/** Submits the form, again after a failure: the draft's id makes a retry idempotent. Links to sign-in after a 401. */
export function SendButton({ label, composer, ready }: Props) {
  const { phase } = composer;
  const failed = phase.name === "failed";
  if (phase.name === "waiting") return <WaitingActions {...composer} />;
  return (
    <>
      {failed && isProblem(phase.error) && phase.error.status === 401 && <SignInAgain />}
      <button
        type="submit"
        class={failed ? "button" : "button primary"}
        disabled={!ready || phase.name === "sending"}
        aria-keyshortcuts="Control+Enter"
      >
        {failed ? t("composer.try_again") : label}
      </button>
    </>
  );
}

function WaitingActions({ sendNow, giveUp }: Pick<ComposerState, "sendNow" | "giveUp">) {
  return (
    <>
      <button type="button" class="button primary" onClick={sendNow}>
        {t("composer.waiting.send_now")}
      </button>
      <button type="button" class="quiet-button" onClick={giveUp}>
        {t("composer.waiting.give_up")}
      </button>
    </>
  );
}

function SignInAgain() {
  const { path, query } = route.value;
  const back = query.size > 0 ? `${path}?${query}` : path;
  return (
    <a class="button primary" href={`/sign-in?${new URLSearchParams({ to: back })}`}>
      {t("composer.sign_in")}
    </a>
  );
}

interface AfterSendProps {
  phase: Extract<Phase, { name: "deciding" | "decided" }>;
  /** Starts a new post. Absent when editing. */
  onAgain?: () => void;
  /** Continues editing in place. Absent for a new post, which links to its edit screen. */
  onChange?: () => void;
}

/** Links and buttons for the time after the server has accepted the text. */
export function AfterSubmission({ phase, onAgain, onChange }: AfterSendProps) {
  const { id } = phase.accepted;
  const refused = phase.name === "decided" && phase.decision.outcome !== "published";
  return (
    <div class="send-row">
      <a class="button primary" href={`/p/${id}`}>
        {t("composer.after.open")}
      </a>
      {refused &&
        (onChange ? (
          <button type="button" class="button" onClick={onChange}>
            {t("composer.after.edit")}
          </button>
        ) : (
          <a class="button" href={`/p/${id}/edit`}>
            {t("composer.after.edit")}
          </a>
        ))}
      <a class="button" href={`/p/${id}/timeline`}>
        {t("composer.after.timeline")}
      </a>
      {onAgain && (
        <button type="button" class="quiet-button" onClick={onAgain}>
          {t("composer.after.write_another")}
        </button>
      )}
    </div>
  );
}

interface ComposerToolsProps {
  composer: ComposerState;
  tools: SuggestionTools;
  /** The text has a title. */
  titled: boolean;
}

/** A row of optional tools, each run by a click only. Its height does not change, so that nothing below it moves. */
export function ComposerTools({ composer, tools, titled }: ComposerToolsProps) {
  if (composer.locked) return null;
  return (
    <div class="writing-tools">
      <DryRunButton composer={composer} />
      <SuggestionBar tools={tools} titled={titled} rewords={composer.status.tone === "quiet"} />
      <a class="quiet-button writing-settings" href="/device">
        {t("composer.settings")}
      </a>
    </div>
  );
}

/** Runs a dry run on the server. The text leaves the device on a click only. */
export function DryRunButton({ composer }: { composer: ComposerState }) {
  const { runDryRun, dryRunning, subject, empty, locked } = composer;
  if (!switches.value.serverCheck || !can("check_draft") || locked) return null;
  const ready = !empty && !dryRunning && subject.community !== "";
  return (
    <button
      type="button"
      class="quiet-button"
      disabled={!ready}
      title={t("composer.server_check.explanation")}
      onClick={runDryRun}
    >
      <Icon name="server" size={16} />
      {t(dryRunning ? "composer.server_check.running" : "composer.server_check.ask")}
    </button>
  );
}

/** Returns the actions of the status bar; none once the text is locked. */
export function statusActions({ locked, show, readOn }: ComposerState, { available, ask }: SuggestionTools) {
  if (locked) return {};
  return { onShow: show, onReadOn: readOn, ...(available ? { onReword: () => ask("reword") } : {}) };
}
