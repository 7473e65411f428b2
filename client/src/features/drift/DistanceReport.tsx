import type { Drift, Share } from "./reports";
import { basis, headline } from "./words";

/** The numbers of the window, the one that hurts people first. */
export function DistanceReport({ drift }: { drift: Drift }) {
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

interface RowProps {
  title: string;
  /** What the number means, in one sentence. */
  meaning: string;
  share: Share;
}

/** One share: the number, the range in which the truth lies as a band, and what it is made of. */
export function ShareRow({ title, meaning, share }: RowProps) {
  return (
    <div class="drift-row">
      <dt>{title}</dt>
      <dd>
        <p class={share.enough ? "drift-number" : "drift-number unsure"}>{headline(share)}</p>
        <Band share={share} />
        <p class="meta">{meaning}</p>
        <p class="meta">{basis(share)}</p>
      </dd>
    </div>
  );
}

/** From 0 to 100%: the band is the interval, the mark is what was counted. The words beside it say the same. */
function Band({ share }: { share: Share }) {
  if (share.share === null || share.low === null || share.high === null) return null;
  const [low, high] = [share.low * 100, share.high * 100];
  return (
    <span class="drift-band" aria-hidden="true">
      <span class="drift-range" style={{ left: `${low}%`, width: `${Math.max(high - low, 1)}%` }} />
      <span class="drift-mark" style={{ left: `${share.share * 100}%` }} />
    </span>
  );
}
