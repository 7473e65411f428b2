import { user } from "../session/session";
import { communities } from "../state/communities";
import { Icon } from "./Icon";
import { NavLink } from "./NavLink";
import { SortLinks } from "./SortLinks";

/** The most active communities fit beside one screen; the list page has them all. */
const SHOWN = 12;

/** The left rail from 900 px on: where to go, in which order, in which community. */
export function Rail() {
  return (
    <nav class="rail" aria-label="Main">
      <ul>
        <li>
          <NavLink href="/">
            <Icon name="home" size={18} /> Home
          </NavLink>
        </li>
        {user.value && (
          <li>
            <NavLink href="/mine">
              <Icon name="mine" size={18} /> My posts
            </NavLink>
          </li>
        )}
      </ul>
      <h2 id="rail-sorts">Order</h2>
      <SortLinks labelledBy="rail-sorts" />
      <h2>Communities</h2>
      <ul>
        {communities.value?.slice(0, SHOWN).map(({ name, title }) => (
          <li key={name}>
            <NavLink href={`/c/${name}`}>
              <span class="rail-community">{title || name}</span>
            </NavLink>
          </li>
        ))}
        <li>
          <NavLink href="/communities" class="rail-all">
            All communities
          </NavLink>
        </li>
      </ul>
    </nav>
  );
}
