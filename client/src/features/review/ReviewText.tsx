import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Post, Reason } from "../../platform/api/types";
import { t } from "../../platform/i18n";
import { codePoints } from "../../policy/code-points";
import { highlight } from "../../ui/highlights";
import { UNREAD } from "./reason-and-score-texts";

/** Title and text as plain source, Markdown and addresses included, with the reasons' passages marked, and what no model has read. */
export function ReviewText({ post, reasons }: { post: Post; reasons: readonly Reason[] }) {
  const box = useRef<HTMLDivElement>(null);
  const open = useSignal(false);
  const long = useSignal(false);
  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(([entry]) => {
      const { scrollHeight = 0, clientHeight = 0 } = entry?.target ?? {};
      if (!open.value) long.value = scrollHeight > clientHeight + 1;
    });
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [open, long]);
  const bodyOffset = post.title ? codePoints(post.title) + 2 : 0;
  return (
    <>
      {post.title && (
        <h3 class="post-title" dir="auto">
          <Marked text={post.title} offset={0} reasons={reasons} />
        </h3>
      )}
      <div ref={box} dir="auto" class={open.value ? "review-text" : "review-text folded"}>
        <Marked text={post.body} offset={bodyOffset} reasons={reasons} />
      </div>
      {long.value && (
        <button
          type="button"
          class="link-button"
          aria-expanded={open.value}
          onClick={() => {
            open.value = !open.value;
          }}
        >
          {t(open.value ? "review.text.less" : "review.text.more")}
        </button>
      )}
    </>
  );
}

function Marked({ text, offset, reasons }: { text: string; offset: number; reasons: readonly Reason[] }) {
  return (
    <>
      {highlight(text, offset, reasons).map(({ text: run, reason, start }) =>
        reason ? (
          <mark key={start} title={reason.message} class={reason.rule === UNREAD ? "unread" : undefined}>
            {run}
          </mark>
        ) : (
          run
        ),
      )}
    </>
  );
}
