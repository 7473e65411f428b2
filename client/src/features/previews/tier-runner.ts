import { signal } from "@preact/signals";
import { isAbort } from "../../platform/api/client";
import type { Description } from "../../platform/state/notices";
import { keyOf, type Preview, type Subject, type Tier, withAnswer } from "./preview";

/** A tier that looks when somebody pauses. */
export interface PausedTier {
  tier: Tier;
  /** How long nobody must have typed. */
  pauseMs: number;
  /** Whether it is switched on and can answer now. */
  ready: () => boolean;
  /** @returns null when it has nothing to say */
  look: (subject: Subject, signal: AbortSignal) => Promise<Preview | null>;
  /** Puts into words what it throws, or throws it again. */
  explain: (error: unknown) => Description;
}

/** Enough to come back to a text by undo without asking anybody twice. */
const KEPT = 40;

/** Asks the tiers about the present text; a new text stops whoever is still at the old one. */
export class Assessor {
  readonly answers = signal<readonly Preview[]>([]);
  /** The tiers that are at work. */
  readonly asking = signal<readonly Tier[]>([]);
  /** Why a tier has not answered about the present text. */
  readonly trouble = signal<Description | null>(null);
  private timers: ReturnType<typeof setTimeout>[] = [];
  private abort = new AbortController();

  constructor(private readonly tiers: readonly PausedTier[]) {}

  /** The text is now this one. */
  present(subject: Subject): void {
    this.stop();
    this.abort = new AbortController();
    const { signal } = this.abort;
    const waiting = this.tiers.filter(({ tier }) => !this.knows(tier, subject));
    this.timers = waiting.map((tier) =>
      setTimeout(() => tier.ready() && void this.ask(tier, subject, signal), tier.pauseMs),
    );
  }

  /** Asks one tier now, about the present text. */
  async askNow(tier: PausedTier, subject: Subject): Promise<void> {
    if (!this.asking.peek().includes(tier.tier)) await this.ask(tier, subject, this.abort.signal);
  }

  /** Nobody waits any more. What was said stays said. */
  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers = [];
    this.abort.abort();
    this.asking.value = [];
    this.trouble.value = null;
  }

  private knows(tier: Tier, subject: Subject): boolean {
    const about = keyOf(subject);
    return this.answers.peek().some((answer) => answer.tier === tier && answer.about === about);
  }

  private async ask(tier: PausedTier, subject: Subject, signal: AbortSignal): Promise<void> {
    this.asking.value = [...this.asking.peek(), tier.tier];
    try {
      const answer = await tier.look(subject, signal);
      if (answer && !signal.aborted) this.answers.value = withAnswer(this.answers.peek(), answer, KEPT);
    } catch (error) {
      if (!isAbort(error) && !signal.aborted) this.trouble.value = tier.explain(error);
    } finally {
      if (!signal.aborted) this.asking.value = this.asking.peek().filter((other) => other !== tier.tier);
    }
  }
}
