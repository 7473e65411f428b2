import { keepsDraft, keptDrafts } from "../composer/draft";
import { user } from "../session/session";
import { online } from "../state/online";
import { streamState } from "../stream/stream";

/** What this browser is doing right now. */
export function DeviceNote() {
  const drafts = keptDrafts();
  return (
    <section class="note">
      <h2>This device</h2>
      <ul class="note-list">
        <li>{connection()}</li>
        {drafts > 0 && (
          <li>
            {drafts === 1 ? "1 draft is kept here." : `${drafts} drafts are kept here.`}{" "}
            {keepsDraft("post") && <a href="/write">Go on writing</a>}
          </li>
        )}
        <li>
          Drafts are checked here as you write. <a href="/device">This device and AI</a>
        </li>
      </ul>
    </section>
  );
}

function connection(): string {
  if (!online.value) return "Offline. What was loaded stays.";
  if (streamState.value !== "live") return "Connecting for live news…";
  return user.value
    ? "Live: new posts and decisions arrive by themselves."
    : "Live: new posts announce themselves.";
}
