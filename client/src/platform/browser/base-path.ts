/**
 * The path below which the site is served, such as `/forum`; empty at the root of the host. The built scripts lie in the
 * folder `assets` directly below it, so the page needs no setting of its own.
 */
export const BASE_PATH = import.meta.env.DEV ? "" : basePathOf(import.meta.url);

/** `https://host/forum/assets/index-1.js` gives `/forum`. */
export function basePathOf(script: string): string {
  const { pathname } = new URL(script);
  return pathname.slice(0, Math.max(0, pathname.lastIndexOf("/assets/")));
}

/** The address at the host of a path of this site. Other addresses are returned as they are. */
export function hostPath(path: string, base = BASE_PATH): string {
  return path.startsWith("/") && !path.startsWith("//") ? base + path : path;
}

/** The path of this site for a path at the host; null outside of this site. */
export function sitePath(path: string, base = BASE_PATH): string | null {
  if (path === base) return "/";
  return path.startsWith(`${base}/`) ? path.slice(base.length) : null;
}
