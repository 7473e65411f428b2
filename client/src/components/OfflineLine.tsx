import { online } from "../state/online";
import { Icon } from "./Icon";

/** One line that says what being offline means. */
export function OfflineLine() {
  return (
    <div role="status">
      {!online.value && (
        <p class="offline-line">
          <Icon name="offline" size={16} /> You are offline. What was loaded stays, and what you write is kept
          on this device.
        </p>
      )}
    </div>
  );
}
