import type { Reason } from "../api/types";
import { Icon, type IconName } from "../components/Icon";
import type { Tone, Verdict } from "./verdict";

const TONE_ICON: Record<Tone, IconName> = {
  quiet: "device",
  published: "check",
  held: "pause",
  rejected: "stop",
  problem: "warning",
};

interface Props {
  id: string;
  verdict: Verdict;
  /** Marks the words of a reason in the text; absent where nothing can be marked any more. */
  onShow?: (reason: Reason) => void;
}

/** Preview and result in one place: who speaks, what they say, why, and what was not looked at. */
export function VerdictStrip({ id, verdict, onShow }: Props) {
  const icon = verdict.tone === "quiet" && verdict.source === "Server" ? "server" : TONE_ICON[verdict.tone];
  return (
    <div id={id} class={`strip ${verdict.tone}`} role="status" aria-live="polite">
      <p class="strip-head">
        <Icon name={icon} size={18} />
        <span class="strip-headline">{verdict.headline}</span>
        {verdict.source && <span class="strip-source">{verdict.source}</span>}
      </p>
      {verdict.reasons.length > 0 && (
        <ul class="strip-reasons">
          {verdict.reasons.map((reason) => (
            <li key={reason.rule}>
              {reason.message}
              {onShow && (reason.spans?.length ?? 0) > 0 && (
                <button type="button" class="link-button" onClick={() => onShow(reason)}>
                  Show the words
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {verdict.notes.map((note) => (
        <p key={note} class="strip-note">
          {note}
        </p>
      ))}
    </div>
  );
}
