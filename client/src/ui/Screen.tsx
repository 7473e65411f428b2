import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../platform/i18n";
import { visible } from "./visible-characters";

interface Props {
  title: string;
  /** Replaces the title as heading of the page. */
  heading?: ComponentChildren;
  aside?: ComponentChildren;
  children: ComponentChildren;
}

/** The frame of every screen: title of the tab, one heading, the main column and the context beside it. */
export function Screen({ title, heading, aside, children }: Props) {
  const top = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = visible(t("ui.document_title", { title }));
  }, [title]);
  useEffect(() => focusAfterNavigation(top.current), []);
  return (
    <>
      <main id="main">
        <h1 ref={top} tabIndex={-1} class="screen-title" dir="auto">
          {heading ?? title}
        </h1>
        {children}
      </main>
      <aside class="context" aria-label={t("ui.context")}>
        {aside}
      </aside>
    </>
  );
}

let first = true;

/** Focuses the heading of a new screen, so that screen readers announce it. The page load announces the first. */
function focusAfterNavigation(heading: HTMLElement | null): void {
  const typing = document.activeElement?.matches("input, textarea") ?? false;
  if (!first && !typing) heading?.focus({ preventScroll: true });
  first = false;
}
