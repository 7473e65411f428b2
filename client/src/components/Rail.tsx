import { can } from "../session/capabilities";
import { user } from "../session/session";
import { communities } from "../state/communities";
import { NavLink } from "./NavLink";
import { SortLinks } from "./SortLinks";

/** The most active communities fit beside one screen; the list page has them all. */
const SHOWN = 12;

/** The left rail from 900 px on: where to go, in which order, in which community. */
export function Rail() {
  return (
    <nav class="rail" aria-label="Main">
      <h2>Feed</h2>
      <SortLinks />
      {user.value && (
        <>
          <h2>You</h2>
          <ul>
            <li>
              <NavLink href="/mine">My posts</NavLink>
            </li>
            <li>
              <NavLink href={`/u/${user.value.handle}`}>My profile</NavLink>
            </li>
            {can("review_posts") && (
              <li>
                <NavLink href="/review">Review</NavLink>
              </li>
            )}
            {can("see_drift") && (
              <li>
                <NavLink href="/drift">Previews and decisions</NavLink>
              </li>
            )}
          </ul>
        </>
      )}
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
