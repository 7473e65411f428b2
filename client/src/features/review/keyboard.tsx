import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Outcome, QueueItem } from "../../platform/api/types";
import { navigate } from "../../platform/browser/router";
import type { ReviewQueue } from "./queue";

export const keysShown = signal(false);

/** What its author reads where the moderator has nothing to add. */
const USUAL: Record<Exclude<Outcome, "rejected">, string> = {
  published: "Looked at by a moderator: fine here.",
  held: "Looked at by a moderator: it waits for a second look.",
};

/** Decides with the usual reason. */
export function decidePlainly(
  queue: ReviewQueue,
  item: QueueItem,
  outcome: Exclude<Outcome, "rejected">,
): void {
  queue.decide(item, { outcome, reason: USUAL[outcome] });
}

interface KeyAction {
  words: string;
  run: (queue: ReviewQueue, item: QueueItem | undefined) => void;
}

export const KEYS: Record<string, KeyAction> = {
  j: { words: "Next", run: (queue) => queue.move(1) },
  k: { words: "Previous", run: (queue) => queue.move(-1) },
  o: { words: "Open its page", run: (_, item) => item && navigate(`/p/${item.post.id}`) },
  p: { words: "Publish", run: (queue, item) => item && decidePlainly(queue, item, "published") },
  h: { words: "Hold for a second look", run: (queue, item) => item && decidePlainly(queue, item, "held") },
  r: {
    words: "Reject, with a reason",
    run: (queue, item) => {
      queue.asking.value = item?.post.id ?? null;
    },
  },
  u: { words: "Undo, within 5 seconds", run: (queue) => queue.undo() },
};

/** Works the queue by keyboard; the returned function stops it. */
export function connectKeys(queue: ReviewQueue): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (isForOthers(event)) return;
    if (event.key === "?") {
      event.preventDefault();
      keysShown.value = !keysShown.value;
      return;
    }
    const action = keysShown.value ? undefined : KEYS[event.key];
    if (!action) return;
    event.preventDefault();
    action.run(queue, queue.current.value);
    if (event.key !== "r" && event.key !== "o") focusCurrent(queue);
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

function isForOthers(event: KeyboardEvent): boolean {
  const typing =
    event.target instanceof HTMLElement && event.target.matches("input:not([type=radio]), textarea, select");
  return typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
}

/** After the page has drawn what the key did. */
function focusCurrent(queue: ReviewQueue): void {
  requestAnimationFrame(() => {
    const item = queue.current.value;
    const element = item ? document.getElementById(itemId(item.post.id)) : null;
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: "nearest" });
  });
}

/** The keys of the queue, over the page until it is closed. */
export function KeysHelp() {
  const dialog = useRef<HTMLDialogElement>(null);
  const shown = keysShown.value;
  useEffect(() => {
    if (shown) dialog.current?.showModal();
    else dialog.current?.close();
  }, [shown]);
  const close = () => {
    keysShown.value = false;
  };
  useEffect(() => close, []);
  return (
    <dialog ref={dialog} class="keys" aria-labelledby="keys-title" onClose={close}>
      <h2 id="keys-title">Keys</h2>
      <dl>
        {Object.entries(KEYS).map(([key, { words }]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>?</kbd>
          </dt>
          <dd>These keys</dd>
        </div>
      </dl>
      <button type="button" class="button" onClick={close}>
        Close
      </button>
    </dialog>
  );
}

/** The element of a post in the queue. */
export function itemId(postId: string): string {
  return `review-${postId}`;
}
