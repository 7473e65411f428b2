import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface Props {
  title: string;
  /** Shown instead of the title where the screen has a better heading of its own. */
  heading?: ComponentChildren;
  aside?: ComponentChildren;
  children: ComponentChildren;
}

/** The frame of every screen: its name in the tab, one heading, the main column and the context beside it. */
export function Screen({ title, heading, aside, children }: Props) {
  const top = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = title === "Ottit" ? title : `${title} · Ottit`;
  }, [title]);
  useEffect(() => focusAfterNavigation(top.current), []);
  return (
    <>
      <main id="main">
        <h1 ref={top} tabIndex={-1} class="screen-title">
          {heading ?? title}
        </h1>
        {children}
      </main>
      <aside class="context" aria-label="Context">
        {aside}
      </aside>
    </>
  );
}

let first = true;

/** A new screen is announced by focusing its heading; the very first one by the page load itself. */
function focusAfterNavigation(heading: HTMLElement | null): void {
  const typing = document.activeElement?.matches("input, textarea") ?? false;
  if (!first && !typing) heading?.focus({ preventScroll: true });
  first = false;
}
