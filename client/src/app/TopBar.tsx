import { SearchBox } from "../features/search/SearchBox";
import { place } from "../platform/browser/router";
import { sessionKnown, user } from "../platform/state/session";
import { ThemeButton } from "../ui/Theme";

/** Name of the house, search, and who is here. */
export function TopBar() {
  return (
    <header class="top-bar">
      <div class="top-bar-inner">
        <a class="wordmark" href="/" aria-label="Ottit, home">
          ottit
        </a>
        {place.value.path !== "/search" && <SearchBox class="top-search" />}
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
