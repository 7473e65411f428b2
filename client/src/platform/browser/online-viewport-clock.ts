import { signal } from "@preact/signals";

export const online = signal(navigator.onLine);

export function connectOnline(): () => void {
  const update = () => {
    online.value = navigator.onLine;
  };
  window.addEventListener("online", update);
  window.addEventListener("offline", update);
  return () => {
    window.removeEventListener("online", update);
    window.removeEventListener("offline", update);
  };
}

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

/** Ages are shown in minutes at the finest, so half a minute is often enough. */
const TICK_MS = 30_000;

export const now = signal(Date.now());

export function connectClock(): () => void {
  const timer = setInterval(() => {
    now.value = Date.now();
  }, TICK_MS);
  return () => clearInterval(timer);
}
