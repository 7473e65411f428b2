import { isProblem } from "../../platform/api/client";
import { route } from "../../platform/browser/router";
import { can } from "../../platform/state/session";
import { switches } from "../../platform/state/switches";
import { Icon } from "../../ui/Icon";
import { SuggestionBar } from "../suggestions/Suggestions";
import type { SuggestionTools } from "../suggestions/use-suggestions";
import type { Phase } from "./submission";
import type { Writing } from "./use-writing";

interface Props {
  label: string;
  phase: Phase;
  ready: boolean;
}

/** Sends, or sends again: the same id makes a second try the same post. Without a session it leads to one. */
export function SendButton({ label, phase, ready }: Props) {
  const failed = phase.name === "failed";
  return (
    <>
      {failed && isProblem(phase.error) && phase.error.status === 401 && <SignInAgain />}
      <button
        type="submit"
        class={failed ? "button" : "button primary"}
        disabled={!ready || phase.name === "sending"}
        aria-keyshortcuts="Control+Enter"
      >
        {failed ? "Try again" : label}
      </button>
    </>
  );
}

function SignInAgain() {
  const { path, query } = route.value;
  const back = query.size > 0 ? `${path}?${query}` : path;
  return (
    <a class="button primary" href={`/sign-in?${new URLSearchParams({ to: back })}`}>
      Sign in
    </a>
  );
}

interface AfterSendProps {
  phase: Extract<Phase, { name: "deciding" | "decided" }>;
  /** Makes room for the next text, where there can be one. */
  onAgain?: () => void;
  /** Makes room for the next change, where the text is being changed already. */
  onChange?: () => void;
}

/** Where to go once the server has the text. */
export function AfterSubmission({ phase, onAgain, onChange }: AfterSendProps) {
  const { id } = phase.accepted;
  const refused = phase.name === "decided" && phase.decision.outcome !== "published";
  return (
    <div class="send-row">
      <a class="button primary" href={`/p/${id}`}>
        Open it
      </a>
      {refused &&
        (onChange ? (
          <button type="button" class="button" onClick={onChange}>
            Change it
          </button>
        ) : (
          <a class="button" href={`/p/${id}/edit`}>
            Change it
          </a>
        ))}
      <a class="button" href={`/p/${id}/timeline`}>
        Its timeline
      </a>
      {onAgain && (
        <button type="button" class="quiet-button" onClick={onAgain}>
          Write another
        </button>
      )}
    </div>
  );
}

interface WritingToolsProps {
  writing: Writing;
  tools: SuggestionTools;
  /** Whether the text has a title. */
  titled: boolean;
}

/** What can be asked for about the text: each only when it is asked for. One row, whose height does not change. */
export function WritingTools({ writing, tools, titled }: WritingToolsProps) {
  if (writing.locked) return null;
  return (
    <div class="writing-tools">
      <DryRunButton writing={writing} />
      <SuggestionBar tools={tools} titled={titled} rewords={writing.status.tone === "quiet"} />
      <a class="quiet-button writing-settings" href="/device">
        This device and AI
      </a>
    </div>
  );
}

/** Asks the server what it would decide about exactly this text. A click sends the text; nothing else does. */
export function DryRunButton({ writing }: { writing: Writing }) {
  const { runDryRun, dryRunning, subject, empty, locked } = writing;
  if (!switches.value.serverCheck || !can("check_draft") || locked) return null;
  const ready = !empty && !dryRunning && subject.community !== "";
  return (
    <button
      type="button"
      class="quiet-button"
      disabled={!ready}
      title="Sends the text to the server, which does not keep it"
      onClick={runDryRun}
    >
      <Icon name="server" size={16} />
      {dryRunning ? "Checking…" : "Check with the server"}
    </button>
  );
}

/** What the status bar offers while the text can still be changed. */
export function statusActions({ locked, show }: Writing, { available, ask }: SuggestionTools) {
  if (locked) return {};
  return { onShow: show, ...(available ? { onReword: () => ask("reword") } : {}) };
}
