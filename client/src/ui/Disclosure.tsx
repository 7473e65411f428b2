import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";

/** A collapsed note above an endless list, because on a phone nobody would reach a note below it. */
export function InfoDisclosure({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <details class="info-disclosure">
      <summary dir="auto">{title}</summary>
      {children}
    </details>
  );
}

/** Props of a button and the panel that it opens. Escape in either closes the panel. */
export function useDisclosure() {
  const open = useSignal(false);
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !open.value) return;
    open.value = false;
    event.stopPropagation();
    button.current?.focus();
  };
  return {
    open: open.value,
    button: {
      ref: button,
      type: "button" as const,
      "aria-expanded": open.value,
      "aria-controls": id,
      onClick: () => {
        open.value = !open.value;
      },
      onKeyDown,
    },
    panel: { id, hidden: !open.value, onKeyDown },
  };
}
