import type { ComponentChildren } from "preact";
import { communities } from "../features/communities/communities";
import { SortLinks } from "../features/feed/SortLinks";
import { place } from "../platform/browser/router";
import { can, user } from "../platform/state/session";
import { Icon, type IconName } from "../ui/Icon";

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

const ROOMS: [href: string, label: string, icon: IconName][] = [
  ["/", "Home", "home"],
  ["/search", "Search", "search"],
  ["/write", "Write", "write"],
  ["/mine", "Mine", "mine"],
  ["/me", "Me", "person"],
];

/** The way around on a phone. */
export function BottomBar() {
  return (
    <nav class="bottom-bar" aria-label="Main">
      {ROOMS.map(([href, label, icon]) => (
        <NavLink key={href} href={href} class={href === "/write" ? "bottom-write" : ""}>
          <Icon name={icon} size={22} />
          <span>{label}</span>
        </NavLink>
      ))}
    </nav>
  );
}

interface Props {
  href: string;
  class?: string;
  children: ComponentChildren;
}

/** A link that says when it leads to where the person is. */
export function NavLink({ href, class: className = "", children }: Props) {
  const here = place.value.path === href;
  return (
    <a href={href} class={className} {...(here ? { "aria-current": "page" as const } : {})}>
      {children}
    </a>
  );
}
