import { useEffect } from "preact/hooks";
import type { Sort } from "../../platform/api/types";
import { route } from "../../platform/browser/router";
import { narrow, online } from "../../platform/browser/signals";
import { noteVisit } from "../../platform/local-index/queries";
import { countDrafts, hasDraft } from "../../platform/state/drafts";
import { usePagedList } from "../../platform/state/paged-list";
import { sessionKnown, user } from "../../platform/state/session";
import { streamState } from "../../platform/stream/stream";
import { ChoiceLinks } from "../../ui/ChoiceLinks";
import { InfoDisclosure } from "../../ui/Disclosure";
import { Screen } from "../../ui/Screen";
import { CommunityNote } from "../communities/CommunityNote";
import { findCommunity } from "../communities/communities";
import { FeedList, NewPostsPill } from "./FeedList";
import { feedFor } from "./feed";
import { currentSort, currentWindow, feedUrl, SORTS, SortLinks, WINDOWS } from "./SortLinks";

/** A feed: of everything, or of one community. */
export function FeedScreen({ name }: { name?: string }) {
  const sort = currentSort(route.value, user.value !== null);
  const window = currentWindow(route.value);
  const community = name ? findCommunity(name) : undefined;
  const title = name ? community?.title || name : "Home";
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
      <DeviceStatusNote />
    </>
  );
  return (
    <Screen
      title={title}
      heading={
        <>
          {title} <span class="screen-order">{SORTS.find(({ id }) => id === sort)?.label}</span>
        </>
      }
      {...(narrow.value ? {} : { aside: about })}
    >
      {feed && <NewPostsPill feed={feed} />}
      {narrow.value && name && <InfoDisclosure title="About this community">{about}</InfoDisclosure>}
      <div class="feed-head">
        <SortLinks />
        {sort === "top" && (
          <ChoiceLinks
            label="Within"
            options={WINDOWS}
            current={window}
            addressOf={(id) => feedUrl(route.value, "top", id)}
          />
        )}
      </div>
      {feed && <FeedList feed={feed} inCommunity={name !== undefined} />}
    </Screen>
  );
}

const WORDS: Record<Sort, string> = {
  for_you:
    "Fresh posts near to what you voted for and read, mixed so that no author and no community fills the page. “Why here” shows the parts for each post.",
  hot: "Votes and replies count, and count less with every hour. “Why here” shows the parts for each post.",
  new: "Newest first. Nothing else counts.",
  top: "Most votes first, within the time you choose.",
};

/** Why the feed has this order, in words. */
export function SortOrderNote({ sort }: { sort: Sort }) {
  return (
    <section class="note">
      <h2>Why this order</h2>
      <p>{WORDS[sort]}</p>
    </section>
  );
}

/** What this browser is doing right now. */
export function DeviceStatusNote() {
  const drafts = countDrafts();
  return (
    <section class="note">
      <h2>This device</h2>
      <ul class="note-list">
        <li>{connection()}</li>
        {drafts > 0 && (
          <li>
            {drafts === 1 ? "1 draft is kept here." : `${drafts} drafts are kept here.`}{" "}
            {hasDraft("post") && <a href="/write">Go on writing</a>}
          </li>
        )}
        <li>
          Drafts are checked here as you write. <a href="/device">This device and AI</a>
        </li>
      </ul>
    </section>
  );
}

function connection(): string {
  if (!online.value) return "Offline. What was loaded stays.";
  if (streamState.value !== "live") return "Connecting for live news…";
  return user.value
    ? "Live: new posts and decisions arrive by themselves."
    : "Live: new posts announce themselves.";
}
