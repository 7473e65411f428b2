import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { isProblem } from "../../platform/api/client";
import { readPost } from "../../platform/api/posts";
import type { Accepted, Decision, PostState } from "../../platform/api/types";
import type { StreamEvents } from "../../platform/stream/shared-stream";
import { onStream } from "../../platform/stream/stream-subscriptions";
import type { Span } from "../../platform/telemetry/span";
import { startSpan } from "../../platform/telemetry/tracer";

export type Phase =
  | { name: "writing" }
  | { name: "sending" }
  | { name: "failed"; error: unknown }
  | { name: "deciding"; accepted: Accepted }
  | { name: "decided"; accepted: Accepted; decision: Decision };

type Listen = (listener: (event: StreamEvents["decision"]) => void) => () => void;
type Send = (parent: Span) => Promise<Accepted>;

/** Delays of the fallback reads while the event stream is down. Normally the stream delivers the decision first. */
const FALLBACK_READS_MS = [1500, 4000, 10_000, 30_000];

/** One submission: sent, accepted, decided. After a failure it can be sent again under the same id. */
export class Submission {
  readonly phase = signal<Phase>({ name: "writing" });
  private stopListening: (() => void) | undefined;
  private timers: ReturnType<typeof setTimeout>[] = [];

  constructor(private readonly listen: Listen = (listener) => onStream("decision", listener)) {}

  /** @returns the server's acknowledgement; null when sending failed */
  async send(postId: string, send: Send): Promise<Accepted | null> {
    this.phase.value = { name: "sending" };
    const early = this.collectDecisions(postId);
    const span = startSpan("client submit");
    span.set("ottit.post_id", postId);
    try {
      const accepted = await send(span);
      this.awaitDecision(accepted, early.get(accepted.revision));
      return accepted;
    } catch (error) {
      span.fail();
      this.disconnect();
      this.phase.value = { name: "failed", error };
      return null;
    } finally {
      span.end();
    }
  }

  reset(): void {
    this.disconnect();
    this.phase.value = { name: "writing" };
  }

  disconnect(): void {
    this.stopListening?.();
    this.stopListening = undefined;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers = [];
  }

  /** Starts listening before sending, because a decision may arrive before the response to the submission. */
  private collectDecisions(postId: string): Map<number, Decision> {
    const early = new Map<number, Decision>();
    this.stopListening = this.listen((event) => {
      if (event.post_id !== postId || !event.decision) return;
      early.set(event.revision, event.decision);
      this.decide(event.revision, event.decision);
    });
    return early;
  }

  private awaitDecision(accepted: Accepted, decision: Decision | undefined): void {
    this.phase.value = { name: "deciding", accepted };
    if (decision) this.decide(accepted.revision, decision);
    else
      this.timers = FALLBACK_READS_MS.map((wait) => setTimeout(() => void this.readDecision(accepted), wait));
  }

  private async readDecision(accepted: Accepted): Promise<void> {
    try {
      const post = await readPost(accepted.id);
      if (post.decision && isSettled(post.state)) this.decide(post.revision, post.decision);
    } catch (error) {
      if (!isProblem(error)) throw error;
    }
  }

  private decide(revision: number, decision: Decision): void {
    const phase = this.phase.value;
    if (phase.name !== "deciding" || phase.accepted.revision !== revision) return;
    this.disconnect();
    this.phase.value = { name: "decided", accepted: phase.accepted, decision };
  }
}

function isSettled(state: PostState): boolean {
  return state === "published" || state === "held" || state === "rejected";
}

export function useSubmission(): Submission {
  const submission = useMemo(() => new Submission(), []);
  useEffect(() => () => submission.disconnect(), [submission]);
  return submission;
}
