import type { Reason } from "../api/types";

/** What a rule says about the words that it floats under. The strip says the same to everyone else. */
export function WordNote({ reason, left, top }: { reason: Reason; left: number; top: number }) {
  return (
    <div
      class="word-note"
      aria-hidden="true"
      style={{ left: `min(${left}px, 100% - 260px)`, top: `${top + 4}px` }}
    >
      {reason.message}
    </div>
  );
}
