import type { ComponentChildren } from "preact";

/** What a list says when there is nothing in it, and what can be done about that. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children && <div class="meta">{children}</div>}
    </div>
  );
}
