import type { ComponentChildren } from "preact";
import { communities } from "../features/communities/communities";
import { SortLinks } from "../features/feed/SortLinks";
import { SearchBox } from "../features/search/SearchBox";
import { route } from "../platform/browser/router";
import { can, sessionKnown, user } from "../platform/state/session";
import { Icon, type IconName } from "../ui/Icon";
import { ThemeButton } from "../ui/Theme";

/** Name of the house, search, and who is here. */
export function TopBar() {
  return (
    <header class="top-bar">
      <div class="top-bar-inner">
        <a class="wordmark" href="/" aria-label="Ottit, home">
          ottit
        </a>
        {route.value.path !== "/search" && <SearchBox class="top-search" />}
        <div class="top-actions">
          <ThemeButton />
          <Account />
        </div>
      </div>
    </header>
  );
}

function Account() {
  if (!sessionKnown.value) return null;
  if (!user.value) {
    return (
      <a class="button" href="/sign-in">
        Sign in
      </a>
    );
  }
  return (
    <>
      <a class="top-handle wide-only" href="/me">
        {user.value.handle}
      </a>
      <a class="button primary wide-only" href="/write">
        Write
      </a>
    </>
  );
}

/** The most active communities fit beside one screen; the list page has them all. */
const SHOWN_COMMUNITIES = 12;

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
        {communities.value?.slice(0, SHOWN_COMMUNITIES).map(({ name, title }) => (
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

const DESTINATIONS: [href: string, label: string, icon: IconName][] = [
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
      {DESTINATIONS.map(([href, label, icon]) => (
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
  const here = route.value.path === href;
  return (
    <a href={href} class={className} {...(here ? { "aria-current": "page" as const } : {})}>
      {children}
    </a>
  );
}
