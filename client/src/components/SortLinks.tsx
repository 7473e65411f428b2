import { currentSort, feedAddress, SORTS } from "../feed/address";
import { place } from "../router/router";
import { user } from "../session/session";
import { ChoiceLinks } from "./ChoiceLinks";

/** The orders of a feed. */
export function SortLinks() {
  const onFeed = place.value.path === "/" || place.value.path.startsWith("/c/");
  return (
    <ChoiceLinks
      label="Order"
      class="sorts"
      options={SORTS.filter((sort) => sort.id !== "for_you" || user.value !== null)}
      current={onFeed ? currentSort(place.value, user.value !== null) : null}
      addressOf={(sort) => feedAddress(place.value, sort)}
    />
  );
}
