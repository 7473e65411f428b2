import type { Feed } from "../feed/feed";
import { counted } from "../state/quantities";

/** Says that there is news; only the person makes the list move. */
export function NewPostsPill({ feed }: { feed: Feed }) {
  const count = feed.waiting.value.size;
  const show = () => {
    window.scrollTo({ top: 0 });
    void feed.restart();
  };
  return (
    <div class="pill-place" role="status" aria-live="polite">
      {count > 0 && (
        <button type="button" class="pill" onClick={show}>
          {counted(count, "new post")}
        </button>
      )}
    </div>
  );
}
