import type { Drift } from "./reports";
import { ShareRow } from "./ShareRow";

/** The numbers of the window, the one that hurts people first. */
export function Distance({ drift }: { drift: Drift }) {
  const { total, warned, without_preview } = drift;
  return (
    <dl class="drift-rows">
      <ShareRow
        title="False reassurance"
        meaning={`The preview said fine, and the text was held or rejected: of all that it called fine. ${failed(total.failed_checks)}`}
        share={total.false_reassurance}
      />
      <ShareRow
        title="False alarm"
        meaning="The preview warned, and the text was published: of the warnings that were sent all the same."
        share={total.false_alarm}
      />
      <ShareRow
        title="Agreement"
        meaning="Preview and decision said the same word: published, held or rejected."
        share={total.agreement}
      />
      <ShareRow
        title="Changed after a warning"
        meaning={`A later preview of the draft was fine, and that text was sent. ${unsent(warned.unsent)}`}
        share={warned.changed}
      />
      <ShareRow
        title="Sent without a preview"
        meaning={`No preview of exactly this text is known, of people who get previews. ${otherText(drift.of_another_text)}`}
        share={without_preview}
      />
    </dl>
  );
}

function failed(count: number): string {
  return count === 0 ? "" : `${count} decided texts were held because a check did not answer.`;
}

function unsent(drafts: number): string {
  if (drafts === 0) return "";
  const are = drafts === 1 ? "draft with a warning was" : "drafts with a warning were";
  return `${drafts} ${are} not sent.`;
}

function otherText(count: number): string {
  return count === 0 ? "" : `${count} named one of another text, or one that did not arrive.`;
}
