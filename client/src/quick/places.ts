const KEY = "ottit.visited-communities";
/** As many as the server adds to a pack. */
const KEPT = 8;
const NAME = /^[a-z0-9_-]{2,40}$/;

/** Communities that were opened on this device, the last one first: more of their posts are kept for quick search. */
export function visitedCommunities(): string[] {
  return (localStorage.getItem(KEY) ?? "").split(",").filter((name) => NAME.test(name));
}

export function noteCommunity(name: string): void {
  if (!NAME.test(name)) return;
  const others = visitedCommunities().filter((known) => known !== name);
  localStorage.setItem(KEY, [name, ...others].slice(0, KEPT).join(","));
}
