import { currentWindow, feedAddress, WINDOWS } from "../feed/address";
import { place } from "../router/router";

/** How far back "Top" looks. */
export function WindowLinks() {
  const current = currentWindow(place.value);
  return (
    <ul class="sorts small" aria-label="Within">
      {WINDOWS.map((window) => (
        <li key={window.id}>
          <a
            href={feedAddress(place.value, "top", window.id)}
            {...(window.id === current ? { "aria-current": "true" as const } : {})}
          >
            {window.label}
          </a>
        </li>
      ))}
    </ul>
  );
}
