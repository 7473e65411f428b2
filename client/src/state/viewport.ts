import { signal } from "@preact/signals";

/** Below this there is one column and a bar at the bottom. The style sheets use the same number. */
const query = window.matchMedia("(max-width: 899px)");

export const narrow = signal(query.matches);

export function connectViewport(): () => void {
  const update = () => {
    narrow.value = query.matches;
  };
  query.addEventListener("change", update);
  return () => query.removeEventListener("change", update);
}
