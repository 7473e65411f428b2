import { signal } from "@preact/signals";
import { isAbort } from "../../platform/api/client";
import type { Description } from "../../platform/state/notices";
import { type Preview, type Subject, subjectKeyOf, type Tier, withPreview } from "./preview";

/** A tier that looks when somebody pauses. */
export interface PreviewTier {
  tier: Tier;
  /** How long nobody must have typed. */
  pauseMs: number;
  /** Whether it is switched on and can answer now. */
  isReady: () => boolean;
  /** @returns null when it has nothing to say */
  preview: (subject: Subject, signal: AbortSignal) => Promise<Preview | null>;
  /** Puts into words what it throws, or throws it again. */
  explain: (error: unknown) => Description;
}

/** Enough to come back to a text by undo without asking anybody twice. */
const MAX_PREVIEWS = 40;

/** Asks the tiers about the present text; a new text stops whoever is still at the old one. */
export class TierRunner {
  readonly previews = signal<readonly Preview[]>([]);
  /** The tiers that are at work. */
  readonly running = signal<readonly Tier[]>([]);
  /** Why a tier has not answered about the present text. */
  readonly problem = signal<Description | null>(null);
  private timers: ReturnType<typeof setTimeout>[] = [];
  private abort = new AbortController();

  constructor(private readonly tiers: readonly PreviewTier[]) {}

  /** The text is now this one. */
  setSubject(subject: Subject): void {
    this.stop();
    this.abort = new AbortController();
    const { signal } = this.abort;
    const waiting = this.tiers.filter(({ tier }) => !this.hasPreview(tier, subject));
    this.timers = waiting.map((tier) =>
      setTimeout(() => tier.isReady() && void this.run(tier, subject, signal), tier.pauseMs),
    );
  }

  /** Asks one tier now, about the present text. */
  async runNow(tier: PreviewTier, subject: Subject): Promise<void> {
    if (!this.running.peek().includes(tier.tier)) await this.run(tier, subject, this.abort.signal);
  }

  /** Nobody waits any more. What was said stays said. */
  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers = [];
    this.abort.abort();
    this.running.value = [];
    this.problem.value = null;
  }

  private hasPreview(tier: Tier, subject: Subject): boolean {
    const about = subjectKeyOf(subject);
    return this.previews.peek().some((answer) => answer.tier === tier && answer.subjectKey === about);
  }

  private async run(tier: PreviewTier, subject: Subject, signal: AbortSignal): Promise<void> {
    this.running.value = [...this.running.peek(), tier.tier];
    try {
      const answer = await tier.preview(subject, signal);
      if (answer && !signal.aborted)
        this.previews.value = withPreview(this.previews.peek(), answer, MAX_PREVIEWS);
    } catch (error) {
      if (!isAbort(error) && !signal.aborted) this.problem.value = tier.explain(error);
    } finally {
      if (!signal.aborted) this.running.value = this.running.peek().filter((other) => other !== tier.tier);
    }
  }
}
