import type { Reason } from "../../platform/api/types";
import { copyText } from "../../ui/CopyButton";
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
  /** Marks the words of a reason in the text; absent where nothing can be marked any more. */
  onShow?: (reason: Reason) => void;
  /** Asks for another wording; absent where nobody could make one. */
  onReword?: () => void;
}

/** Preview and result in one place: who speaks, what they say, why, and what was not looked at. */
export function StatusBar({ id, status, onShow, onReword }: Props) {
  const { tone, tier, source, receipt } = status;
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
              {reason.message}{" "}
              {onShow && (reason.spans?.length ?? 0) > 0 && (
                <button type="button" class="link-button" onClick={() => onShow(reason)}>
                  Show the words
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {onReword && status.reasons.length > 0 && (
        <p class="status-bar-note">
          <button type="button" class="link-button" onClick={onReword}>
            Suggest another wording
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

/** The server's signed word about exactly this text, to keep. */
export function Receipt({ text }: { text: string }) {
  const copy = () => copyText(text, "Receipt copied.", "This browser does not let the page copy.");
  return (
    <p class="status-bar-note">
      The server has signed what it said.{" "}
      <button type="button" class="link-button" onClick={copy}>
        Copy the receipt
      </button>
    </p>
  );
}
