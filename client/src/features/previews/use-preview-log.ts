import { useEffect, useRef } from "preact/hooks";
import type { Preview, Subject } from "./preview";
import { flushPreviews, logDraft, logPreview } from "./preview-log";

/** Long enough on the screen to have been read. */
const SHOWN_MS = 1000;

interface PreviewRecorder {
  /** Logs that the text is being submitted, and returns the preview's id for the submission. */
  logSubmission: () => { preview_id?: string };
}

/**
 * Logs the previews that were shown for a text, and how the text was written; never the text. For users without
 * previews only the drafts are logged.
 */
export function usePreviewLog(
  draftId: string,
  subject: Subject,
  shown: Preview | null,
  active: boolean,
): PreviewRecorder {
  const { title, body } = subject;
  const stats = useRef<DraftStats | null>(null);
  const text = title + body;
  const logShown = () => shown && text && logPreview(logged(draftId, subject, shown));
  useEffect(() => {
    if (!active || text === "") return;
    stats.current = statsFor(stats.current, draftId);
    const timer = setTimeout(() => {
      const draftStats = statsFor(stats.current, draftId);
      if (draftStats.text !== text) draftStats.changes += 1;
      draftStats.text = text;
      logShown();
    }, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [draftId, text, shown?.tier, shown?.outcome, shown?.subjectKey, shown?.extent.unread, active]);
  const logSubmission = () => {
    const id = logShown();
    const draftStats = statsFor(stats.current, draftId);
    logDraft({
      draft_id: draftId,
      changes: draftStats.changes,
      writing_ms: Date.now() - draftStats.startedAt,
    });
    void flushPreviews();
    return id ? { preview_id: id } : {};
  };
  return { logSubmission };
}

interface DraftStats {
  id: string;
  startedAt: number;
  changes: number;
  text: string;
}

function statsFor(known: DraftStats | null, id: string): DraftStats {
  return known?.id === id ? known : { id, startedAt: Date.now(), changes: 0, text: "" };
}

function logged(draftId: string, { title, body }: Subject, shown: Preview) {
  const { tier, policy, model, outcome, bands, tookMs, extent } = shown;
  return { draftId, title, body, tier, policyDigest: policy.digest, model, outcome, bands, tookMs, extent };
}
