import type { Reason } from "../../platform/api/types";
import { t } from "../../platform/i18n";
import { copyText } from "../../ui/CopyButton";
import { HelpNote, offersHelp } from "../../ui/HelpNote";
import { Icon, type IconName } from "../../ui/Icon";
import type { Tier } from "../previews/preview";
import type { Status, Tone } from "./preview-status";

const TONE_ICON: Record<Exclude<Tone, "quiet">, IconName> = {
  published: "check",
  held: "pause",
  rejected: "stop",
  problem: "warning",
};
const TIER_ICON: Record<Tier, IconName> = { 0: "rules", 1: "device", 2: "key", 3: "server" };

interface Props {
  id: string;
  status: Status;
  /** Selects the words of a reason in the text; absent once the text is locked. */
  onShow?: (reason: Reason) => void;
  /** Asks for another wording; absent if no model is available for it. */
  onReword?: () => void;
  /** Reads the rest of a long text; absent once the text is locked. */
  onReadOn?: () => void;
}

/** The line below the text with the preview and later the decision: source, headline, reasons and notes. */
export function StatusBar({ id, status, onShow, onReword, onReadOn }: Props) {
  const { tone, tier, source, receipt, extent } = status;
  const tierIcon = tier === undefined ? "server" : TIER_ICON[tier];
  return (
    <div id={id} class={`status-bar ${tone}`} role="status" aria-live="polite">
      <p class="status-bar-head">
        <Icon name={tone === "quiet" ? tierIcon : TONE_ICON[tone]} size={18} />
        <span class="status-bar-headline">{status.headline}</span>
        {source && (
          <span class="status-bar-source">
            {tone !== "quiet" && tier !== undefined && <Icon name={tierIcon} size={16} />}
            {source}
          </span>
        )}
      </p>
      {status.reasons.length > 0 && (
        <ul class="status-bar-reasons">
          {status.reasons.map((reason) => (
            <li key={reason.rule}>
              <bdi>{reason.message}</bdi>{" "}
              {onShow && (reason.spans?.length ?? 0) > 0 && (
                <button type="button" class="link-button" onClick={() => onShow(reason)}>
                  {t("composer.status.show_words")}
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {extent && <ExtentNote {...extent} onReadOn={onReadOn} />}
      {status.reasons.some(offersHelp) && <HelpNote />}
      {onReword && status.reasons.length > 0 && isStopped(tone) && (
        <p class="status-bar-note">
          <button type="button" class="link-button" onClick={onReword}>
            {t("composer.status.reword")}
          </button>
        </p>
      )}
      {status.notes.map((note) => (
        <p key={note} class="status-bar-note">
          {note}
        </p>
      ))}
      {receipt && <Receipt text={receipt} />}
    </div>
  );
}

type ExtentProps = NonNullable<Status["extent"]> & { onReadOn: (() => void) | undefined };

/** Says how much of the text was read. Not announced while it changes; the headline is. */
export function ExtentNote({ read, unread, isReading, canReadOn, onReadOn }: ExtentProps) {
  const values = { read, all: read + unread };
  return (
    <p class="status-bar-note" aria-live="off">
      {t(isReading ? "composer.preview.reading" : "composer.preview.partly_read", values)}{" "}
      {onReadOn && canReadOn && !isReading && (
        <button type="button" class="link-button" onClick={onReadOn}>
          {t("composer.preview.read_on")}
        </button>
      )}
    </p>
  );
}

/** Help that is offered with a published text is no reason to word it differently. */
function isStopped(tone: Tone): boolean {
  return tone === "held" || tone === "rejected";
}

/** A button that copies the server's signed statement about exactly this text. */
export function Receipt({ text }: { text: string }) {
  const copy = () => copyText(text, t("composer.receipt.copied"), t("composer.receipt.not_copied"));
  return (
    <p class="status-bar-note">
      {t("composer.receipt.note")}{" "}
      <button type="button" class="link-button" onClick={copy}>
        {t("composer.receipt.copy")}
      </button>
    </p>
  );
}
