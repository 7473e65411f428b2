import type { Sort, Window } from "../../platform/api/types";
import { type Route, route } from "../../platform/browser/router";
import { type MessageKey, t } from "../../platform/i18n";
import { user } from "../../platform/state/session";
import { ChoiceLinks } from "../../ui/ChoiceLinks";

/** The orders of a feed, in the order in which they are shown. */
export const SORT_LABELS: Readonly<Record<Sort, { label: MessageKey; hint: MessageKey }>> = {
  for_you: { label: "feed.sort.for_you", hint: "feed.sort.for_you.hint" },
  hot: { label: "feed.sort.hot", hint: "feed.sort.hot.hint" },
  new: { label: "feed.sort.new", hint: "feed.sort.new.hint" },
  top: { label: "feed.sort.top", hint: "feed.sort.top.hint" },
};
const SORTS = Object.keys(SORT_LABELS) as Sort[];

const WINDOW_LABELS: Readonly<Record<Exclude<Window, "hour">, MessageKey>> = {
  day: "feed.window.day",
  week: "feed.window.week",
  month: "feed.window.month",
  year: "feed.window.year",
  all: "feed.window.all",
};
const WINDOWS = Object.keys(WINDOW_LABELS) as (keyof typeof WINDOW_LABELS)[];

/** The periods of the order "top" for a row of links. */
export const windowOptions = () => WINDOWS.map((id) => ({ id, label: t(WINDOW_LABELS[id]) }));

/** The order in the address; without one, "for you" for signed-in users, else "hot". */
export function currentSort(current: Route, signedIn: boolean): Sort {
  const requested = current.query.get("sort");
  const fallback: Sort = signedIn ? "for_you" : "hot";
  return SORTS.find((sort) => sort === requested) ?? fallback;
}

export function currentWindow(current: Route): Window {
  const requested = current.query.get("window");
  return WINDOWS.find((window) => window === requested) ?? "all";
}

/** Address of the current feed in another order; from other screens, of the home feed. */
export function feedUrl(current: Route, sort: Sort, window?: Window): string {
  const path = current.path.startsWith("/c/") ? current.path : "/";
  const query = new URLSearchParams({ sort, ...(window ? { window } : {}) });
  return `${path}?${query}`;
}

/** Links to the orders of a feed. */
export function SortLinks() {
  const sorts = SORTS.filter((sort) => sort !== "for_you" || user.value !== null);
  const onFeed = route.value.path === "/" || route.value.path.startsWith("/c/");
  return (
    <ChoiceLinks
      label={t("feed.sort")}
      class="sorts"
      options={sorts.map((id) => ({ id, label: t(SORT_LABELS[id].label), hint: t(SORT_LABELS[id].hint) }))}
      current={onFeed ? currentSort(route.value, user.value !== null) : null}
      addressOf={(sort) => feedUrl(route.value, sort)}
    />
  );
}
