import { currentSort, feedAddress, SORTS } from "../feed/address";
import { place } from "../router/router";
import { user } from "../session/session";

/** The orders of a feed as links, so that each has an address. */
export function SortLinks({ labelledBy }: { labelledBy?: string }) {
  const onFeed = place.value.path === "/" || place.value.path.startsWith("/c/");
  const current = onFeed ? currentSort(place.value, user.value !== null) : null;
  const sorts = SORTS.filter((sort) => sort.id !== "for_you" || user.value !== null);
  return (
    <ul class="sorts" {...(labelledBy ? { "aria-labelledby": labelledBy } : { "aria-label": "Order" })}>
      {sorts.map((sort) => (
        <li key={sort.id}>
          <a
            href={feedAddress(place.value, sort.id)}
            title={sort.hint}
            {...(sort.id === current ? { "aria-current": "true" as const } : {})}
          >
            {sort.label}
          </a>
        </li>
      ))}
    </ul>
  );
}
