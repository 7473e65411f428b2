import { useSignal } from "@preact/signals";
import type { Ref, RefObject } from "preact";
import { useRef } from "preact/hooks";
import type { Reason } from "../../platform/api/types";
import { type Highlight, highlight } from "../../ui/highlights";

interface Props {
  id: string;
  label: string;
  value: string;
  placeholder: string;
  maxLength: number;
  rows: number;
  /** Code points before this field in the judged text. */
  offset: number;
  reasons: readonly Reason[];
  disabled: boolean;
  describedBy: string;
  onInput: (value: string) => void;
  onSend: () => void;
  field?: Ref<HTMLTextAreaElement>;
}

interface Note {
  reason: Reason;
  left: number;
  top: number;
}

/**
 * A text field that grows with its text. An overlay behind it repeats the text invisibly and draws dotted lines under
 * the highlights; the field's own content is never changed.
 */
export function HighlightedField(props: Props) {
  const overlay = useRef<HTMLDivElement>(null);
  const note = useSignal<Note | null>(null);
  const highlights = highlight(props.value, props.offset, props.reasons);
  const showAtCaret = (event: Event) => {
    const caret = (event.currentTarget as HTMLTextAreaElement).selectionStart;
    note.value = noteFor(
      overlay.current,
      highlights,
      (highlight) => highlight.start <= caret && caret <= highlight.start + highlight.text.length,
    );
  };
  const showAtPointer = (event: PointerEvent) => {
    note.value = noteFor(overlay.current, highlights, (_, box) => contains(box, event));
  };
  return (
    <div class="highlighted-field">
      <HighlightOverlay highlights={highlights} element={overlay} />
      <textarea
        dir="auto"
        id={props.id}
        ref={props.field ?? null}
        aria-label={props.label}
        aria-describedby={props.describedBy}
        placeholder={props.placeholder}
        maxLength={props.maxLength}
        rows={props.rows}
        value={props.value}
        disabled={props.disabled}
        spellcheck
        onInput={(event) => props.onInput(event.currentTarget.value)}
        onKeyUp={showAtCaret}
        onClick={showAtCaret}
        onPointerMove={showAtPointer}
        onPointerLeave={() => {
          note.value = null;
        }}
        onBlur={() => {
          note.value = null;
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") note.value = null;
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) props.onSend();
        }}
      />
      {note.value && <HighlightNote {...note.value} />}
    </div>
  );
}

function noteFor(
  overlay: HTMLDivElement | null,
  highlights: readonly Highlight[],
  hit: (highlight: Highlight, box: DOMRect) => boolean,
): Note | null {
  const withReason = highlights.filter((highlight) => highlight.reason !== null);
  const elements = overlay?.querySelectorAll("mark") ?? [];
  for (const [index, highlight] of withReason.entries()) {
    const element = elements[index];
    if (!overlay || !element || !highlight.reason) continue;
    const boxes = Array.from(element.getClientRects());
    const box = boxes.find((candidate) => hit(highlight, candidate));
    if (!box) continue;
    const frame = overlay.getBoundingClientRect();
    return { reason: highlight.reason, left: box.left - frame.left, top: box.bottom - frame.top };
  }
  return null;
}

function contains(box: DOMRect, point: { clientX: number; clientY: number }): boolean {
  return (
    point.clientX >= box.left &&
    point.clientX <= box.right &&
    point.clientY >= box.top &&
    point.clientY <= box.bottom
  );
}

/** The overlay behind a field, laid out like the field, with dotted lines under the highlights. */
export function HighlightOverlay({
  highlights,
  element,
}: {
  highlights: readonly Highlight[];
  element: RefObject<HTMLDivElement | null>;
}) {
  return (
    <div class="highlight-overlay" dir="auto" ref={element} aria-hidden="true">
      {highlights.map((highlight) =>
        highlight.reason ? (
          <mark key={highlight.start}>{highlight.text}</mark>
        ) : (
          <span key={highlight.start}>{highlight.text}</span>
        ),
      )}
      {/* Gives an empty last line its height. */}
      <span>{"​\n"}</span>
    </div>
  );
}

/** A note below a highlight with the reason's message. Screen readers get the same message from the status bar. */
export function HighlightNote({ reason, left, top }: { reason: Reason; left: number; top: number }) {
  return (
    <div
      class="highlight-note"
      dir="auto"
      aria-hidden="true"
      style={{ left: `min(${left}px, 100% - 260px)`, top: `${top + 4}px` }}
    >
      {reason.message}
    </div>
  );
}
