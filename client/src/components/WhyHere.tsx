import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { FeedItem } from "../api/types";
import { partBars } from "../feed/parts";

import { ShowLess } from "./ShowLess";

/** The parts of a score as bars that add up to it. */
export function WhyHere({ item }: { item: FeedItem }) {
  const open = useSignal(false);
  const id = useId();
  return (
    <>
      <button
        type="button"
        class="quiet-button"
        aria-expanded={open.value}
        aria-controls={id}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        Why here
      </button>
      <div id={id} class="why" hidden={!open.value}>
        {open.value && (
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
      {partBars(item.parts).map((bar) => (
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
