import { startSpan } from "./tracer";

/** One span from the navigation to the load event of the first screen. */
export function recordPageLoad(): void {
  const record = () => {
    const span = startSpan("client page", undefined, performance.timeOrigin);
    // The first part of the path names the screen; the rest would name people and posts.
    span.set("ottit.route", window.location.pathname.split("/")[1] || "home");
    span.end();
  };
  if (document.readyState === "complete") record();
  else window.addEventListener("load", record, { once: true });
}
