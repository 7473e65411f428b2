import { signal } from "@preact/signals";
import { hostPath, sitePath } from "./base-path";

export interface Route {
  path: string;
  query: URLSearchParams;
}

const read = (): Route => ({
  path: sitePath(window.location.pathname) ?? window.location.pathname,
  query: new URLSearchParams(window.location.search),
});

/** The current address. Only this file writes it. */
export const route = signal<Route>(read());

/** Goes to a path of this site. `replace` replaces the current entry of the history. */
export function navigate(to: string, replace = false): void {
  rememberScroll();
  if (replace) history.replaceState(history.state, "", hostPath(to));
  else history.pushState({ top: 0 }, "", hostPath(to));
  route.value = read();
  if (!replace) window.scrollTo(0, 0);
}

/** A secret of the address: behind `#`, which no server and no log sees, or behind `?`, as people write links by hand. */
export function secretInAddress(name: string): string {
  const { hash, search } = window.location;
  return new URLSearchParams(hash.slice(1)).get(name) ?? new URLSearchParams(search).get(name) ?? "";
}

/** Takes a secret out of the address, so that it is in no history, and in no link that is passed on. */
export function hideSecret(name: string): void {
  if (!secretInAddress(name)) return;
  const query = new URLSearchParams(window.location.search);
  query.delete(name);
  const rest = query.size > 0 ? `?${query}` : "";
  history.replaceState(history.state, "", window.location.pathname + rest);
  route.value = read();
}

/** Starts listening to links and the back button; the returned function stops it. */
export function connectRouter(): () => void {
  history.scrollRestoration = "manual";
  const onPop = () => {
    route.value = read();
    restoreScroll();
  };
  document.addEventListener("click", followLink);
  window.addEventListener("popstate", onPop);
  window.addEventListener("pagehide", rememberScroll);
  return () => {
    document.removeEventListener("click", followLink);
    window.removeEventListener("popstate", onPop);
    window.removeEventListener("pagehide", rememberScroll);
  };
}

function followLink(event: MouseEvent): void {
  const target = event.target instanceof Element ? event.target.closest("a") : null;
  if (!target || event.defaultPrevented || !isPlainClick(event) || !isInternal(target)) return;
  event.preventDefault();
  navigate(sitePath(target.pathname) + target.search + target.hash);
}

function isPlainClick(event: MouseEvent): boolean {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

function isInternal(link: HTMLAnchorElement): boolean {
  if (link.target || link.hasAttribute("download") || link.origin !== window.location.origin) return false;
  const samePageHash = link.hash !== "" && link.pathname === window.location.pathname;
  const path = sitePath(link.pathname);
  return !samePageHash && path !== null && !path.startsWith("/v1/");
}

function rememberScroll(): void {
  history.replaceState({ top: window.scrollY }, "");
}

function restoreScroll(): void {
  const top = (history.state as { top?: number } | null)?.top ?? 0;
  // Two frames: one to render the screen from memory, one for its layout.
  requestAnimationFrame(() => requestAnimationFrame(() => window.scrollTo(0, top)));
}

/** `match("/p/:id", "/p/7")` is `{ id: "7" }`; no match is null. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/");
  const given = path.replace(/(?<=.)\/$/, "").split("/");
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    if (part.startsWith(":")) params[part.slice(1)] = decode(value);
    else if (part !== value) return null;
  }
  return params;
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
