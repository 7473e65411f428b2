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
