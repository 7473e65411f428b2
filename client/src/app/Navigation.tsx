import type { ComponentChildren } from "preact";
import { communities } from "../features/communities/communities";
import { SortLinks } from "../features/feed/SortLinks";
import { SearchBox } from "../features/search/SearchBox";
import { route } from "../platform/browser/router";
import { type MessageKey, t } from "../platform/i18n";
import { can, decidesSignUps, mayInvite, sessionKnown, user } from "../platform/state/session";
import { Icon, type IconName } from "../ui/Icon";
import { ThemeButton } from "../ui/Theme";

/** Site name, search field and account. */
export function TopBar() {
  return (
    <header class="top-bar">
      <div class="top-bar-inner">
        <a class="wordmark" href="/" aria-label={t("app.home_link")}>
          {t("app.wordmark")}
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
        {t("app.sign_in")}
      </a>
    );
  }
  return (
    <>
      <a class="top-handle wide-only" href="/me">
        <bdi>{user.value.handle}</bdi>
      </a>
      <a class="button primary wide-only" href="/write">
        {t("app.write")}
      </a>
    </>
  );
}

/** As many as fit beside one screen. The communities page lists all. */
const SHOWN_COMMUNITIES = 12;

/** Pages for those who have the rank. */
const RANKED: { href: string; label: MessageKey; isShown: () => boolean }[] = [
  { href: "/review", label: "review.title", isShown: () => can("review_posts") },
  { href: "/applications", label: "sign_ups.applications.title", isShown: decidesSignUps },
  { href: "/drift", label: "drift.title", isShown: () => can("see_drift") },
  { href: "/invitations", label: "sign_ups.invitations.title", isShown: () => mayInvite.value },
  { href: "/roles", label: "administration.roles.title", isShown: () => can("manage_roles") },
  { href: "/audit", label: "administration.audit.title", isShown: () => can("see_audit") },
];

/** Navigation on the left from 900 px on: orders of the feed, own pages, communities. */
export function Rail() {
  return (
    <nav class="rail" aria-label={t("app.main_navigation")}>
      <h2>{t("app.feed")}</h2>
      <SortLinks />
      {user.value && (
        <>
          <h2>{t("app.you")}</h2>
          <ul>
            <li>
              <NavLink href="/mine">{t("app.my_posts")}</NavLink>
            </li>
            <li>
              <NavLink href={`/u/${user.value.handle}`}>{t("app.my_profile")}</NavLink>
            </li>
            {RANKED.filter(({ isShown }) => isShown()).map(({ href, label }) => (
              <li key={href}>
                <NavLink href={href}>{t(label)}</NavLink>
              </li>
            ))}
          </ul>
        </>
      )}
      <h2>{t("app.communities")}</h2>
      <ul>
        {communities.value?.slice(0, SHOWN_COMMUNITIES).map(({ name, title }) => (
          <li key={name}>
            <NavLink href={`/c/${name}`}>
              <span class="rail-community" dir="auto">
                {title || name}
              </span>
            </NavLink>
          </li>
        ))}
        <li>
          <NavLink href="/communities" class="rail-all">
            {t("app.all_communities")}
          </NavLink>
        </li>
      </ul>
    </nav>
  );
}

const DESTINATIONS: [href: string, label: MessageKey, icon: IconName][] = [
  ["/", "app.home", "home"],
  ["/search", "app.search", "search"],
  ["/write", "app.write", "write"],
  ["/mine", "app.mine", "mine"],
  ["/me", "app.me", "person"],
];

/** Main navigation on a phone. */
export function BottomBar() {
  return (
    <nav class="bottom-bar" aria-label={t("app.main_navigation")}>
      {DESTINATIONS.map(([href, label, icon]) => (
        <NavLink key={href} href={href} class={href === "/write" ? "bottom-write" : ""}>
          <Icon name={icon} size={22} />
          <span>{t(label)}</span>
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

/** A link that is marked as current on the page it leads to. */
export function NavLink({ href, class: className = "", children }: Props) {
  const isCurrent = route.value.path === href;
  return (
    <a href={href} class={className} {...(isCurrent ? { "aria-current": "page" as const } : {})}>
      {children}
    </a>
  );
}
