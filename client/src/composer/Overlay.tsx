import type { RefObject } from "preact";
import type { Mark } from "./marks";

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
