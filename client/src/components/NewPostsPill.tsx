import type { Feed } from "../feed/feed";

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
          {count === 1 ? "1 new post" : `${count} new posts`}
        </button>
      )}
    </div>
  );
}
