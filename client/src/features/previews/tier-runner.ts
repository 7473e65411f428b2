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
  /**
   * @param onPartial gets what is known so far, before the result
   * @returns null when it has no result
   */
  preview: (
    subject: Subject,
    signal: AbortSignal,
    onPartial: (preview: Preview) => void,
  ) => Promise<Preview | null>;
  /** Reacts to an expected error, which is then shown; throws any other error again. */
  onError: (error: unknown) => void;
}

/** Enough to return to an earlier text by undo without running a tier twice. */
const MAX_PREVIEWS = 40;

/** Runs the tiers on the current text, after a pause or on request. A new text cancels the runs on the old one. */
export class TierRunner {
  readonly previews = signal<readonly Preview[]>([]);
  /** The tiers that are working on a preview. */
  readonly running = signal<readonly Tier[]>([]);
  /** The error of a tier that failed on the current text; null without one. */
  readonly error = signal<unknown>(null);
  private timers: ReturnType<typeof setTimeout>[] = [];
  private subjectKey = "";
  private scheduledRuns = new AbortController();
  private requestedRuns = new AbortController();

  constructor(private readonly tiers: readonly PreviewTier[]) {}

  /** Sets the current text and schedules the tiers for it. For the same text again, requested runs continue. */
  setSubject(subject: Subject): void {
    const subjectKey = subjectKeyOf(subject);
    if (subjectKey === this.subjectKey) this.cancelScheduled();
    else {
      this.stop();
      this.requestedRuns = new AbortController();
    }
    this.subjectKey = subjectKey;
    this.scheduledRuns = new AbortController();
    const { signal } = this.scheduledRuns;
    const missing = this.tiers.filter(({ tier }) => !this.hasPreview(tier, subjectKey));
    this.timers = missing.map((tier) =>
      setTimeout(() => tier.isReady() && void this.run(tier, subject, signal), tier.pauseMs),
    );
  }

  /** Runs one tier on the current text at the user's request, without waiting for a pause. */
  async runNow(tier: PreviewTier, subject: Subject): Promise<void> {
    if (!this.running.peek().includes(tier.tier)) await this.run(tier, subject, this.requestedRuns.signal);
  }

  /** Cancels all scheduled and running work. Earlier previews stay. */
  stop(): void {
    this.cancelScheduled();
    this.requestedRuns.abort();
    this.running.value = [];
    this.subjectKey = "";
  }

  private cancelScheduled(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers = [];
    this.scheduledRuns.abort();
    this.running.value = this.running
      .peek()
      .filter((tier) => !this.tiers.some((other) => other.tier === tier));
    this.error.value = null;
  }

  /** A preview of a part of the text does not count: the rest is read when the user returns to this text. */
  private hasPreview(tier: Tier, subjectKey: string): boolean {
    return this.previews
      .peek()
      .some((known) => known.tier === tier && known.subjectKey === subjectKey && known.extent.unread === 0);
  }

  private add(preview: Preview, signal: AbortSignal): void {
    if (!signal.aborted) this.previews.value = withPreview(this.previews.peek(), preview, MAX_PREVIEWS);
  }

  private async run(tier: PreviewTier, subject: Subject, signal: AbortSignal): Promise<void> {
    this.running.value = [...this.running.peek(), tier.tier];
    try {
      const preview = await tier.preview(subject, signal, (partial) => this.add(partial, signal));
      if (preview) this.add(preview, signal);
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      tier.onError(error);
      this.error.value = error;
    } finally {
      if (!signal.aborted) this.running.value = this.running.peek().filter((other) => other !== tier.tier);
    }
  }
}
