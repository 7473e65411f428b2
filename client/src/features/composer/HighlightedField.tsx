import { useSignal } from "@preact/signals";
import type { Ref, RefObject } from "preact";
import { useRef } from "preact/hooks";
import type { Reason } from "../../platform/api/types";
import { type Mark, markText } from "../../ui/highlights";

interface Props {
  id: string;
  label: string;
  value: string;
  placeholder: string;
  maxLength: number;
  rows: number;
  /** Code points of the judged text before this field. */
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
 * A text field that grows with its text. The same text lies behind it, invisible but for the dotted
 * lines under words that a rule fired on; the field itself is never touched.
 */
export function WritingSurface(props: Props) {
  const overlay = useRef<HTMLDivElement>(null);
  const note = useSignal<Note | null>(null);
  const marks = markText(props.value, props.offset, props.reasons);
  const showAtCaret = (event: Event) => {
    const caret = (event.currentTarget as HTMLTextAreaElement).selectionStart;
    note.value = noteFor(
      overlay.current,
      marks,
      (mark) => mark.start <= caret && caret <= mark.start + mark.text.length,
    );
  };
  const showAtPointer = (event: PointerEvent) => {
    note.value = noteFor(overlay.current, marks, (_, box) => contains(box, event));
  };
  return (
    <div class="surface">
      <Overlay marks={marks} element={overlay} />
      <textarea
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
      {note.value && <WordNote {...note.value} />}
    </div>
  );
}

function noteFor(
  overlay: HTMLDivElement | null,
  marks: readonly Mark[],
  hit: (mark: Mark, box: DOMRect) => boolean,
): Note | null {
  const marked = marks.filter((mark) => mark.reason !== null);
  const elements = overlay?.querySelectorAll("mark") ?? [];
  for (const [index, mark] of marked.entries()) {
    const element = elements[index];
    if (!overlay || !element || !mark.reason) continue;
    const boxes = Array.from(element.getClientRects());
    const box = boxes.find((candidate) => hit(mark, candidate));
    if (!box) continue;
    const frame = overlay.getBoundingClientRect();
    return { reason: mark.reason, left: box.left - frame.left, top: box.bottom - frame.top };
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

/** The text behind a field, laid out like it, with dotted lines under marked words. */
export function Overlay({
  marks,
  element,
}: {
  marks: readonly Mark[];
  element: RefObject<HTMLDivElement | null>;
}) {
  return (
    <div class="surface-overlay" ref={element} aria-hidden="true">
      {marks.map((mark) =>
        mark.reason ? <mark key={mark.start}>{mark.text}</mark> : <span key={mark.start}>{mark.text}</span>,
      )}
      {/* A last line that is empty has no height without this. */}
      <span>{"​\n"}</span>
    </div>
  );
}

/** What a rule says about the words that it floats under. The strip says the same to everyone else. */
export function WordNote({ reason, left, top }: { reason: Reason; left: number; top: number }) {
  return (
    <div
      class="word-note"
      aria-hidden="true"
      style={{ left: `min(${left}px, 100% - 260px)`, top: `${top + 4}px` }}
    >
      {reason.message}
    </div>
  );
}
