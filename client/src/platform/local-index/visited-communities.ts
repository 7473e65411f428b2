const VISITED_KEY = "ottit.visited-communities";
/** As many as the server includes in an update. */
const MAX_VISITED = 8;
const COMMUNITY_NAME = /^[a-z0-9_-]{2,40}$/;

/** Communities that were opened on this device, latest first. The local index keeps more of their posts. */
export function visitedCommunities(): string[] {
  return (localStorage.getItem(VISITED_KEY) ?? "").split(",").filter((name) => COMMUNITY_NAME.test(name));
}

export function noteVisit(name: string): void {
  if (!COMMUNITY_NAME.test(name)) return;
  const others = visitedCommunities().filter((known) => known !== name);
  localStorage.setItem(VISITED_KEY, [name, ...others].slice(0, MAX_VISITED).join(","));
}
