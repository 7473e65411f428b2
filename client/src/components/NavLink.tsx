import type { ComponentChildren } from "preact";
import { place } from "../router/router";

interface Props {
  href: string;
  class?: string;
  children: ComponentChildren;
}

/** A link that says when it leads to where the person is. */
export function NavLink({ href, class: className = "", children }: Props) {
  const here = place.value.path === href;
  return (
    <a href={href} class={className} {...(here ? { "aria-current": "page" as const } : {})}>
      {children}
    </a>
  );
}
