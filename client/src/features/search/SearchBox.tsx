import { useEffect, useRef } from "preact/hooks";
import { navigate, route } from "../../platform/browser/router";
import { t } from "../../platform/i18n";
import { Icon } from "../../ui/Icon";
import { typedQuery } from "./use-live-search";

/** Pause after the last keystroke before a search starts: a word is typed faster than this. */
const PAUSE_MS = 250;

/** The key that focuses the search field. */
const SHORTCUT = "/";

/** The search field. On the search screen it searches as the user types; elsewhere Enter opens that screen. */
export function SearchBox({ live = false, class: className = "" }: { live?: boolean; class?: string }) {
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => focusOnSlash(input.current), []);
  useEffect(() => () => clearTimeout(timer.current), []);
  const search = (replace: boolean) => {
    clearTimeout(timer.current);
    navigate(searchUrl(input.current?.value ?? ""), replace);
  };
  const onInput = () => {
    clearTimeout(timer.current);
    if (!live) return;
    typedQuery.value = input.current?.value ?? "";
    timer.current = setTimeout(() => search(true), PAUSE_MS);
  };
  const onSubmit = (event: Event) => {
    event.preventDefault();
    search(live);
  };
  return (
    <search class={`search-box ${className}`}>
      <form onSubmit={onSubmit}>
        <Icon name="search" size={18} />
        <input
          dir="auto"
          ref={input}
          type="search"
          aria-label={t("search.input")}
          placeholder={t("search.input.placeholder")}
          defaultValue={live ? (route.peek().query.get("q") ?? "") : ""}
          autocomplete="off"
          enterkeyhint="search"
          maxLength={300}
          onInput={onInput}
        />
        <span class="key-hint" aria-hidden="true">
          {SHORTCUT}
        </span>
      </form>
    </search>
  );
}

function searchUrl(text: string): string {
  const query = new URLSearchParams(route.peek().path === "/search" ? route.peek().query : {});
  query.set("q", text.trim());
  return `/search?${query}`;
}

function focusOnSlash(input: HTMLInputElement | null): () => void {
  const onKey = (event: KeyboardEvent) => {
    const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
    if (event.key !== SHORTCUT || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    input?.focus();
    input?.select();
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}
