import type { Phase } from "./submission";

interface Props {
  label: string;
  phase: Phase;
  ready: boolean;
  note?: string;
}

/** Sends, or sends again: the same id makes a second try the same post. */
export function SendButton({ label, phase, ready, note = "" }: Props) {
  const sending = phase.name === "sending";
  return (
    <div class="send-row">
      <button
        type="submit"
        class="button primary"
        disabled={!ready || sending}
        aria-keyshortcuts="Control+Enter"
      >
        {phase.name === "failed" ? "Try again" : label}
      </button>
      {note && <span class="meta">{note}</span>}
    </div>
  );
}
