import type { Share } from "./reports";
import { basis, headline } from "./words";

interface Props {
  title: string;
  /** What the number means, in one sentence. */
  meaning: string;
  share: Share;
}

/** One share: the number, the range in which the truth lies as a band, and what it is made of. */
export function ShareRow({ title, meaning, share }: Props) {
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
