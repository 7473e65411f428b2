import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { isProblem } from "../../platform/api/client";
import { onReconnect } from "../../platform/api/connectivity";
import { readPost } from "../../platform/api/posts";
import { isTemporary, waitSeconds } from "../../platform/api/retry";
import type { Accepted, Decision, PostState } from "../../platform/api/types";
import type { StreamEvents } from "../../platform/stream/shared-stream";
import { onStream } from "../../platform/stream/stream-subscriptions";
import type { Span } from "../../platform/telemetry/span";
import { startSpan } from "../../platform/telemetry/tracer";

export type Phase =
  | { name: "writing" }
  | { name: "sending" }
  /** A temporary failure: the same text is sent again under the same id when `seconds` reaches 0. */
  | { name: "waiting"; error: unknown; seconds: number }
  | { name: "failed"; error: unknown }
  | { name: "deciding"; accepted: Accepted }
  | { name: "decided"; accepted: Accepted; decision: Decision };

class TemporaryFailure {
  constructor(readonly error: unknown) {}
}

type Listen = (listener: (event: StreamEvents["decision"]) => void) => () => void;
type Send = (parent: Span) => Promise<Accepted>;

/** Failures after which the next try may start early, because the server answers other requests again. */
const EARLY_TRIES = 3;

/** Delays of the fallback reads while the event stream is down. Normally the stream delivers the decision first. */
const FALLBACK_READS_MS = [1500, 4000, 10_000, 30_000];

/**
 * One submission: sent, accepted, decided. After a temporary failure it is sent again by itself, after any other failure
 * by the author, always under the same id: the server stores it once.
 */
export class Submission {
  readonly phase = signal<Phase>({ name: "writing" });
  private stopListening: (() => void) | undefined;
  private timers: ReturnType<typeof setTimeout>[] = [];
  private pending: (() => void) | undefined;
  private countdown: ReturnType<typeof setInterval> | undefined;
  /** The composer is gone, so nothing more is sent from here; the author has not given up. */
  left = false;

  constructor(private readonly listen: Listen = (listener) => onStream("decision", listener)) {}

  /** @returns the server's acknowledgement, which may take several tries; null when sending failed or was given up */
  async send(postId: string, send: Send): Promise<Accepted | null> {
    for (let failures = 1; ; failures += 1) {
      const result = await this.trySending(postId, send);
      if (!(result instanceof TemporaryFailure)) return result;
      if (this.left) return null;
      if (!(await this.waited(result.error, failures))) return null;
    }
  }

  /** Ends the wait: sends at once, if there is one. */
  sendNow(): void {
    this.pending?.();
  }

  /** Ends the wait: the text can be changed again, and the author decides when to send it. */
  giveUp(): void {
    const phase = this.phase.value;
    if (phase.name !== "waiting") return;
    this.phase.value = { name: "failed", error: phase.error };
    this.pending?.();
  }

  /** Ends the wait for the next try without giving up: the text is sent from somewhere else. */
  leave(): void {
    this.left = true;
    this.disconnect();
    this.giveUp();
  }

  private async trySending(postId: string, send: Send): Promise<Accepted | TemporaryFailure | null> {
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
      if (isTemporary(error)) return new TemporaryFailure(error);
      this.phase.value = { name: "failed", error };
      return null;
    } finally {
      span.end();
    }
  }

  /** Counts down, and ends early when the server answers again. @returns false if the author gave up */
  private async waited(error: unknown, failures: number): Promise<boolean> {
    this.phase.value = { name: "waiting", error, seconds: waitSeconds(error, failures) };
    // Not after many failures: if only this request gets no answer, it would be sent again without any wait.
    const stop = onReconnect(() => failures <= EARLY_TRIES && this.pending?.());
    await new Promise<void>((resolve) => {
      this.pending = resolve;
      this.countdown = setInterval(() => this.countDown(), 1000);
    });
    stop();
    clearInterval(this.countdown);
    this.pending = undefined;
    return this.phase.value.name === "waiting";
  }

  private countDown(): void {
    const phase = this.phase.value;
    if (phase.name !== "waiting") return;
    this.phase.value = { ...phase, seconds: Math.max(0, phase.seconds - 1) };
    if (phase.seconds <= 1) this.pending?.();
  }

  reset(): void {
    this.giveUp();
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
  useEffect(
    () => () => {
      submission.leave();
    },
    [submission],
  );
  return submission;
}
