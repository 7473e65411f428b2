import { useEffect } from "preact/hooks";
import type { Sort } from "../../platform/api/types";
import { narrow, online } from "../../platform/browser/online-viewport-clock";
import { route } from "../../platform/browser/router";
import { type MessageKey, rich, t } from "../../platform/i18n";
import { noteVisit } from "../../platform/local-index/visited-communities";
import { countDrafts, hasDraft } from "../../platform/state/drafts";
import { usePagedList } from "../../platform/state/paged-list";
import { sessionKnown, user } from "../../platform/state/session";
import { streamState } from "../../platform/stream/stream-subscriptions";
import { ChoiceLinks } from "../../ui/ChoiceLinks";
import { InfoDisclosure } from "../../ui/Disclosure";
import { Screen } from "../../ui/Screen";
import { StandingNote } from "../../ui/StandingNote";
import { CommunityNote } from "../communities/CommunityNote";
import { findCommunity } from "../communities/communities";
import { RecommendationsNote } from "../recommendations/RecommendationsNote";
import { FeedList, NewPostsPill } from "./FeedList";
import { feedFor } from "./feed";
import { currentSort, currentWindow, feedUrl, SORT_LABELS, SortLinks, windowOptions } from "./SortLinks";

/** The feed of all posts, or of one community. */
export function FeedScreen({ name }: { name?: string }) {
  const sort = currentSort(route.value, user.value !== null);
  const window = currentWindow(route.value);
  const community = name ? findCommunity(name) : undefined;
  const title = name ? community?.title || name : t("feed.home");
  const query = { sort, ...(sort === "top" ? { window } : {}), ...(name ? { community: name } : {}) };
  const feed = sessionKnown.value ? feedFor(query) : null;
  usePagedList(feed, online.value);
  useEffect(() => {
    if (name && community) noteVisit(name);
  }, [name, community]);
  const about = (
    <>
      {name && <CommunityNote name={name} />}
      <SortOrderNote sort={sort} />
      {!name && <RecommendationsNote />}
      <DeviceStatusNote />
    </>
  );
  return (
    <Screen
      title={title}
      heading={
        <>
          {title} <span class="screen-order">{t(SORT_LABELS[sort].label)}</span>
        </>
      }
      {...(narrow.value ? {} : { aside: about })}
    >
      <StandingNote />
      {feed && <NewPostsPill feed={feed} />}
      {narrow.value && name && <InfoDisclosure title={t("feed.order.about")}>{about}</InfoDisclosure>}
      <div class="feed-head">
        <SortLinks />
        {sort === "top" && (
          <ChoiceLinks
            label={t("feed.window")}
            options={windowOptions()}
            current={window}
            addressOf={(id) => feedUrl(route.value, "top", id)}
          />
        )}
      </div>
      {feed && <FeedList feed={feed} inCommunity={name !== undefined} />}
    </Screen>
  );
}

const EXPLANATIONS: Record<Sort, MessageKey> = {
  for_you: "feed.order.for_you.text",
  hot: "feed.order.hot.text",
  new: "feed.order.new.text",
  top: "feed.order.top.text",
};

/** An explanation of the feed's order. */
export function SortOrderNote({ sort }: { sort: Sort }) {
  return (
    <section class="note">
      <h2>{t("feed.order.title")}</h2>
      <p>{t(EXPLANATIONS[sort])}</p>
    </section>
  );
}

/** State of this device: connection, drafts, previews. */
export function DeviceStatusNote() {
  const drafts = countDrafts();
  return (
    <section class="note">
      <h2>{t("feed.device.title")}</h2>
      <ul class="note-list">
        <li>{connection()}</li>
        {drafts > 0 && (
          <li>
            {t("feed.device.drafts", { count: drafts })}{" "}
            {hasDraft("post") && <a href="/write">{t("feed.device.continue_writing")}</a>}
          </li>
        )}
        <li>{rich("feed.device.preview", { link: (text) => <a href="/device">{text}</a> })}</li>
      </ul>
    </section>
  );
}

function connection(): string {
  if (!online.value) return t("feed.device.offline");
  if (streamState.value !== "live") return t("feed.device.connecting");
  return t(user.value ? "feed.device.live_with_decisions" : "feed.device.live");
}
