import { useEffect } from "preact/hooks";
import { About } from "../components/About";
import { ChoiceLinks } from "../components/ChoiceLinks";
import { CommunityNote } from "../components/CommunityNote";
import { DeviceNote } from "../components/DeviceNote";
import { FeedList } from "../components/FeedList";
import { NewPostsPill } from "../components/NewPostsPill";
import { OrderNote } from "../components/OrderNote";
import { SortLinks } from "../components/SortLinks";
import { currentSort, currentWindow, feedAddress, SORTS, WINDOWS } from "../feed/address";
import { feedFor } from "../feed/feed";
import { useList } from "../feed/use-list";
import { noteCommunity } from "../quick/places";
import { place } from "../router/router";
import { sessionKnown, user } from "../session/session";
import { findCommunity } from "../state/communities";
import { online } from "../state/online";
import { narrow } from "../state/viewport";
import { Screen } from "./Screen";

/** A feed: of everything, or of one community. */
export function FeedScreen({ name }: { name?: string }) {
  const sort = currentSort(place.value, user.value !== null);
  const window = currentWindow(place.value);
  const community = name ? findCommunity(name) : undefined;
  const title = name ? community?.title || name : "Home";
  const query = { sort, ...(sort === "top" ? { window } : {}), ...(name ? { community: name } : {}) };
  const feed = sessionKnown.value ? feedFor(query) : null;
  useList(feed, online.value);
  useEffect(() => {
    if (name && community) noteCommunity(name);
  }, [name, community]);
  const about = (
    <>
      {name && <CommunityNote name={name} />}
      <OrderNote sort={sort} />
      <DeviceNote />
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
      {narrow.value && name && <About title="About this community">{about}</About>}
      <div class="feed-head">
        <SortLinks />
        {sort === "top" && (
          <ChoiceLinks
            label="Within"
            options={WINDOWS}
            current={window}
            addressOf={(id) => feedAddress(place.value, "top", id)}
          />
        )}
      </div>
      {feed && <FeedList feed={feed} inCommunity={name !== undefined} />}
    </Screen>
  );
}
