import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Outcome, QueueItem } from "../../platform/api/types";
import { navigate } from "../../platform/browser/router";
import { type MessageKey, t } from "../../platform/i18n";
import type { ReviewQueue } from "./review-queue";
import { UNDO_MS } from "./undo-window";

/** True while the list of shortcuts is shown. */
export const keysShown = signal(false);

/** The key that shows the list of shortcuts. */
export const HELP_KEY = "?";

/** Reasons that the author reads if the moderator gives none. */
const DEFAULT_REASON: Record<Exclude<Outcome, "rejected">, MessageKey> = {
  published: "review.reason.published",
  held: "review.reason.held",
};

/** Decides with the default reason. */
export function decideWithDefaultReason(
  queue: ReviewQueue,
  item: QueueItem,
  outcome: Exclude<Outcome, "rejected">,
): void {
  queue.decide(item, { outcome, reason: t(DEFAULT_REASON[outcome]) });
}

interface KeyAction {
  label: MessageKey;
  run: (queue: ReviewQueue, item: QueueItem | undefined) => void;
}

export const KEYS: Record<string, KeyAction> = {
  j: { label: "review.keys.next", run: (queue) => queue.move(1) },
  k: { label: "review.keys.previous", run: (queue) => queue.move(-1) },
  o: { label: "review.keys.open", run: (_, item) => item && navigate(`/p/${item.post.id}`) },
  p: {
    label: "review.keys.publish",
    run: (queue, item) => item && decideWithDefaultReason(queue, item, "published"),
  },
  h: {
    label: "review.keys.hold",
    run: (queue, item) => item && decideWithDefaultReason(queue, item, "held"),
  },
  r: {
    label: "review.keys.reject",
    run: (queue, item) => {
      queue.rejecting.value = item?.post.id ?? null;
    },
  },
  u: { label: "review.keys.undo", run: (queue) => queue.undo() },
};

/** Connects the shortcuts to the queue; the returned function stops it. */
export function connectKeys(queue: ReviewQueue): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (isOtherInput(event)) return;
    if (event.key === HELP_KEY) {
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

/** True for keys that are typed into a field or belong to the browser. */
function isOtherInput(event: KeyboardEvent): boolean {
  const typing =
    event.target instanceof HTMLElement && event.target.matches("input:not([type=radio]), textarea, select");
  return typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
}

/** Focuses the current post once the page has rendered it. */
function focusCurrent(queue: ReviewQueue): void {
  requestAnimationFrame(() => {
    const item = queue.current.value;
    const element = item ? document.getElementById(itemId(item.post.id)) : null;
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: "nearest" });
  });
}

/** A dialog that lists the shortcuts. */
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
      <h2 id="keys-title">{t("review.keys.title")}</h2>
      <dl>
        {Object.entries(KEYS).map(([key, { label }]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(label, { seconds: UNDO_MS / 1000 })}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>{HELP_KEY}</kbd>
          </dt>
          <dd>{t("review.keys.help")}</dd>
        </div>
      </dl>
      <button type="button" class="button" onClick={close}>
        {t("review.keys.close")}
      </button>
    </dialog>
  );
}

/** Id of a post's element in the queue. */
export function itemId(postId: string): string {
  return `review-${postId}`;
}
