import { signal } from "@preact/signals";
import { isAbort } from "../../platform/api/client";
import { type Preview, type Subject, subjectKeyOf, type Tier, withPreview } from "./preview";

/** A tier that runs when the user pauses. */
export interface PreviewTier {
  tier: Tier;
  /** Length of the pause in typing before it runs. */
  pauseMs: number;
  /** Returns true if it is switched on and can run now. */
  isReady: () => boolean;
  /** @returns null when it has no result */
  preview: (subject: Subject, signal: AbortSignal) => Promise<Preview | null>;
  /** Reacts to an expected error, which is then shown; throws any other error again. */
  onError: (error: unknown) => void;
}

/** Enough to return to an earlier text by undo without running a tier twice. */
const MAX_PREVIEWS = 40;

/** Runs the tiers on the current text; a new text cancels the runs on the old one. */
export class TierRunner {
  readonly previews = signal<readonly Preview[]>([]);
  /** The tiers that are working on a preview. */
  readonly running = signal<readonly Tier[]>([]);
  /** The error of a tier that failed on the current text; null without one. */
  readonly error = signal<unknown>(null);
  private timers: ReturnType<typeof setTimeout>[] = [];
  private abort = new AbortController();

  constructor(private readonly tiers: readonly PreviewTier[]) {}

  /** Sets the current text and schedules the tiers for it. */
  setSubject(subject: Subject): void {
    this.stop();
    this.abort = new AbortController();
    const { signal } = this.abort;
    const waiting = this.tiers.filter(({ tier }) => !this.hasPreview(tier, subject));
    this.timers = waiting.map((tier) =>
      setTimeout(() => tier.isReady() && void this.run(tier, subject, signal), tier.pauseMs),
    );
  }

  /** Runs one tier on the current text without waiting for a pause. */
  async runNow(tier: PreviewTier, subject: Subject): Promise<void> {
    if (!this.running.peek().includes(tier.tier)) await this.run(tier, subject, this.abort.signal);
  }

  /** Cancels everything that is scheduled or running. Earlier previews stay. */
  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers = [];
    this.abort.abort();
    this.running.value = [];
    this.error.value = null;
  }

  private hasPreview(tier: Tier, subject: Subject): boolean {
    const subjectKey = subjectKeyOf(subject);
    return this.previews.peek().some((known) => known.tier === tier && known.subjectKey === subjectKey);
  }

  private async run(tier: PreviewTier, subject: Subject, signal: AbortSignal): Promise<void> {
    this.running.value = [...this.running.peek(), tier.tier];
    try {
      const preview = await tier.preview(subject, signal);
      if (preview && !signal.aborted)
        this.previews.value = withPreview(this.previews.peek(), preview, MAX_PREVIEWS);
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      tier.onError(error);
      this.error.value = error;
    } finally {
      if (!signal.aborted) this.running.value = this.running.peek().filter((other) => other !== tier.tier);
    }
  }
}
