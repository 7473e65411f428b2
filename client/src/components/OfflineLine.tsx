import { serverAway } from "../api/reach";
import { online } from "../state/online";
import { Icon } from "./Icon";

/** One line, above everything that floats, for as long as there is nobody to talk to. */
export function OfflineLine() {
  const words = lineFor(online.value, serverAway.value);
  return (
    <div role="status">
      {words && (
        <p class="offline-line">
          <Icon name="offline" size={18} /> <span>{words}</span>
        </p>
      )}
    </div>
  );
}

function lineFor(isOnline: boolean, isAway: boolean): string {
  if (!isOnline) return "You are offline. What was loaded stays, and what you write is kept on this device.";
  if (isAway)
    return "The server is away. What you write is kept on this device; this page goes on when it is back.";
  return "";
}
