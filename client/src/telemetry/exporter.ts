import { csrfToken } from "../api/credentials";
import { recordedFetch } from "../api/ledger";
import { otlpTraces } from "./otlp";
import type { Span } from "./span";

/** The gateway takes at most 64 spans in one body. */
const BATCH = 64;
/** Long enough to batch one screen's requests, short enough for a timeline opened right after a post. */
const FLUSH_AFTER_MS = 1500;

/**
 * Collects ended spans and sends them in batches. Telemetry is never worth an error:
 * what cannot be sent is dropped.
 */
export class SpanExporter {
  private queue: Span[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly flushOnHide = () => {
    if (document.visibilityState === "hidden") this.flush();
  };

  connect(): void {
    document.addEventListener("visibilitychange", this.flushOnHide);
  }

  disconnect(): void {
    document.removeEventListener("visibilitychange", this.flushOnHide);
    this.flush();
  }

  add(span: Span): void {
    this.queue.push(span);
    if (this.queue.length >= BATCH) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), FLUSH_AFTER_MS);
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const spans = this.queue.splice(0, BATCH);
    if (spans.length === 0) return;
    void recordedFetch("/v1/telemetry/traces", {
      method: "POST",
      credentials: "same-origin",
      keepalive: true,
      headers: { "Content-Type": "application/json", "X-CSRF-Token": csrfToken() },
      body: JSON.stringify(otlpTraces(spans)),
    }).catch(() => undefined);
  }
}
