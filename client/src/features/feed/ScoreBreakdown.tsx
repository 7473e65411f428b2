import { useSignal } from "@preact/signals";
import { markPost } from "../../platform/api/posts";
import type { FeedItem, Post } from "../../platform/api/types";
import { formatNumber } from "../../platform/browser/format";
import { t } from "../../platform/i18n";
import { report } from "../../platform/state/notices";
import { can, user } from "../../platform/state/session";
import { useDisclosure } from "../../ui/Disclosure";
import { InterestSwitch } from "../recommendations/InterestSwitch";
import { scoreBars } from "./score-bars";

/** A button that shows the parts of a score as bars; they add up to the score. */
export function ScoreBreakdown({ item }: { item: FeedItem }) {
  const { open, button, panel } = useDisclosure();
  return (
    <>
      <button {...button} class="quiet-button">
        {t("feed.why.open")}
      </button>
      <div {...panel} class="why">
        {open && (
          <>
            <Parts item={item} />
            <ShowLess post={item.post} />
            <Refusals post={item.post} />
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
        <dt>{t("feed.why.total")}</dt>
        <dd>
          <span class="why-track" />
          <span class="why-value">{formatNumber(item.score, 2)}</span>
        </dd>
      </div>
    </dl>
  );
}

/** A button that asks for less like this post. It affects the user's own feed when it is next loaded. */
export function ShowLess({ post }: { post: Post }) {
  const isMarked = useSignal(false);
  if (!can("mark_read")) return null;
  const showLess = async () => {
    try {
      await markPost(post.id, "less");
      isMarked.value = true;
    } catch (error) {
      report(error, t("feed.why.less.failed"));
    }
  };
  if (isMarked.value) return <p class="meta">{t("feed.why.less.done")}</p>;
  return (
    <button type="button" class="link-button" onClick={showLess}>
      {t("feed.why.less.show")}
    </button>
  );
}

/** Buttons that remove the post's community or author from the user's own feed. */
function Refusals({ post }: { post: Post }) {
  if (!can("change_interests") || post.author.id === user.value?.id) return null;
  const { community, author } = post;
  const handle = `@${author.handle}`;
  return (
    <p class="meta">
      {t("feed.why.refuse")} <bdi>{community}</bdi>{" "}
      <InterestSwitch kind="community" name={community} label={community} />
      {author.handle && (
        <>
          {" · "}
          <bdi>{handle}</bdi> <InterestSwitch kind="person" name={author.handle} label={handle} />
        </>
      )}
    </p>
  );
}
