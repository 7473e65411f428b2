import { useSignal } from "@preact/signals";
import { markPost } from "../../platform/api/posts";
import type { FeedItem, Post } from "../../platform/api/types";
import { report } from "../../platform/state/notices";
import { can } from "../../platform/state/session";
import { useDisclosure } from "../../ui/Disclosure";
import { scoreBars } from "./score-parts";

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
      {scoreBars(item.parts, item.score).map((bar) => (
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

/** Asks for less like this. It changes this person's feed only, the next time it is loaded. */
export function ShowLess({ post }: { post: Post }) {
  const asked = useSignal(false);
  if (!can("mark_read")) return null;
  const ask = async () => {
    try {
      await markPost(post.id, "less");
      asked.value = true;
    } catch (error) {
      report(error, "Your feed is as it was.");
    }
  };
  if (asked.value) return <p class="meta">There will be less like this in your feed.</p>;
  return (
    <button type="button" class="link-button" onClick={ask}>
      Show less like this
    </button>
  );
}
