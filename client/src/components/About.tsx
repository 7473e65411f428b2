import type { ComponentChildren } from "preact";

/** The context of a list that never ends: on a phone nobody would reach it below. */
export function About({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <details class="about">
      <summary>{title}</summary>
      {children}
    </details>
  );
}
