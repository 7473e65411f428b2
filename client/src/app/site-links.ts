import { options, type VNode } from "preact";
import { BASE_PATH, hostPath } from "../platform/browser/base-path";

/** Components link to paths of this site, such as `/write`. Puts the site's base path in front of them. */
export function connectSiteLinks(base = BASE_PATH): void {
  if (!base) return;
  const next = options.vnode;
  options.vnode = (vnode: VNode) => {
    const props = vnode.props as { href?: unknown };
    if (vnode.type === "a" && typeof props.href === "string") props.href = hostPath(props.href, base);
    next?.(vnode);
  };
}
