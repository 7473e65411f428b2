import { useSignal } from "@preact/signals";
import { markPost } from "../../platform/api/posts";
import type { FeedItem, Post } from "../../platform/api/types";
import { formatNumber, formatSigned } from "../../platform/browser/format";
import { type MessageKey, t } from "../../platform/i18n";
import { report } from "../../platform/state/notices";
import { can, user } from "../../platform/state/session";
import { useDisclosure } from "../../ui/Disclosure";
import { InterestSwitch } from "../recommendations/InterestSwitch";

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

interface ScoreBar {
  name: string;
  label: string;
  value: number;
  /** The formatted value with its sign. */
  shown: string;
  /** Length of the bar: the largest part fills the track. */
  share: number;
}

const LABELS: Readonly<Record<string, MessageKey>> = {
  freshness: "feed.why.freshness",
  votes: "feed.why.votes",
  discussion: "feed.why.discussion",
  taste: "feed.why.taste",
  community: "feed.why.community",
  seen: "feed.why.seen",
  variety: "feed.why.variety",
};

/**
 * The parts of a score, largest first, rounded to hundredths that add up to the rounded score. Parts that round to
 * zero are left out.
 */
export function scoreBars(parts: Record<string, number>, score: number): ScoreBar[] {
  const names = Object.keys(parts);
  const shares = hundredths(Object.values(parts), Math.round(score * 100));
  const largest = Math.max(...shares.map(Math.abs), 1);
  return names
    .map((name, index) => ({ name, hundredth: shares[index] ?? 0 }))
    .filter(({ hundredth }) => hundredth !== 0)
    .toSorted((a, b) => Math.abs(b.hundredth) - Math.abs(a.hundredth))
    .map(({ name, hundredth }) => ({
      name,
      label: labelOf(name),
      value: hundredth / 100,
      shown: formatSigned(hundredth / 100, 2),
      share: Math.abs(hundredth) / largest,
    }));
}

/** Rounds values to integers that add up to `total` (largest remainder method). */
function hundredths(values: readonly number[], total: number): number[] {
  const exact = values.map((value) => value * 100);
  const rounded = exact.map(Math.floor);
  const left = total - rounded.reduce((sum, value) => sum + value, 0);
  const byLoss = exact
    .map((value, index) => ({ index, loss: value - Math.floor(value) }))
    .toSorted((a, b) => b.loss - a.loss)
    .slice(0, Math.max(left, 0));
  for (const { index } of byLoss) rounded[index] = (rounded[index] ?? 0) + 1;
  return rounded;
}

/** The label of a part. A newer server may send parts that this page does not know: they keep their names. */
function labelOf(name: string): string {
  const key = LABELS[name];
  return key ? t(key) : name;
}
