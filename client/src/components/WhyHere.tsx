import type { FeedItem } from "../api/types";
import { partBars } from "../feed/parts";
import { useDisclosure } from "../state/use-disclosure";
import { ShowLess } from "./ShowLess";

/** The parts of a score as bars that add up to it. */
export function WhyHere({ item }: { item: FeedItem }) {
  const { open, button, panel } = useDisclosure();
  return (
    <>
      <button {...button} class="quiet-button">
        Why here
      </button>
      <div {...panel} class="why">
        {open && (
          <>
            <Parts item={item} />
            <ShowLess post={item.post} />
          </>
        )}
      </div>
    </>
  );
}

function Parts({ item }: { item: FeedItem }) {
  return (
    <dl>
      {partBars(item.parts, item.score).map((bar) => (
        <div key={bar.name} class="why-part">
          <dt>{bar.label}</dt>
          <dd>
            <span class="why-track">
              <span
                class={bar.value < 0 ? "why-bar minus" : "why-bar"}
                style={{ width: `${bar.share * 100}%` }}
              />
            </span>
            <span class="why-value">{bar.shown}</span>
          </dd>
        </div>
      ))}
      <div class="why-part why-sum">
        <dt>Together</dt>
        <dd>
          <span class="why-track" />
          <span class="why-value">{item.score.toFixed(2)}</span>
        </dd>
      </div>
    </dl>
  );
}
