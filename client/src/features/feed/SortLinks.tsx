import type { Sort, Window } from "../../platform/api/types";
import { type Route, route } from "../../platform/browser/router";
import { user } from "../../platform/state/session";
import { ChoiceLinks } from "../../ui/ChoiceLinks";

export const SORTS: readonly { id: Sort; label: string; hint: string }[] = [
  { id: "for_you", label: "For you", hint: "Fresh posts, near to what you voted for and read" },
  { id: "hot", label: "Hot", hint: "What people vote for and talk about now" },
  { id: "new", label: "New", hint: "Newest first, nothing else counts" },
  { id: "top", label: "Top", hint: "Most votes within a time" },
];

export const WINDOWS: readonly { id: Window; label: string }[] = [
  { id: "day", label: "Day" },
  { id: "week", label: "Week" },
  { id: "month", label: "Month" },
  { id: "year", label: "Year" },
  { id: "all", label: "All time" },
];

/** Without a choice: their own feed for those who are signed in, else what is hot. */
export function currentSort(place: Route, signedIn: boolean): Sort {
  const asked = place.query.get("sort");
  const fallback: Sort = signedIn ? "for_you" : "hot";
  return SORTS.find((sort) => sort.id === asked)?.id ?? fallback;
}

export function currentWindow(place: Route): Window {
  const asked = place.query.get("window");
  return WINDOWS.find((window) => window.id === asked)?.id ?? "all";
}

/** The same feed in another order; from anywhere else, the home feed in that order. */
export function feedUrl(place: Route, sort: Sort, window?: Window): string {
  const path = place.path.startsWith("/c/") ? place.path : "/";
  const query = new URLSearchParams({ sort, ...(window ? { window } : {}) });
  return `${path}?${query}`;
}

/** The orders of a feed. */
export function SortLinks() {
  const onFeed = route.value.path === "/" || route.value.path.startsWith("/c/");
  return (
    <ChoiceLinks
      label="Order"
      class="sorts"
      options={SORTS.filter((sort) => sort.id !== "for_you" || user.value !== null)}
      current={onFeed ? currentSort(route.value, user.value !== null) : null}
      addressOf={(sort) => feedUrl(route.value, sort)}
    />
  );
}
