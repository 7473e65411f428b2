import { useEffect, useRef } from "preact/hooks";
import type { Preview, Subject } from "./preview";
import { flushPreviews, logDraft, logPreview } from "./preview-log";

/** Long enough on the page to have been read. */
const SHOWN_MS = 1000;

interface PreviewRecorder {
  /** Notes that the text goes out now, and returns what its submission says about the preview. */
  sent: () => { preview_id?: string };
}

/**
 * Writes down what was shown about a text, without the text: which tier spoke, what it said, and how the text was
 * written. A share of people is without previews, and only their drafts are noted.
 */
export function usePreviewLog(
  draftId: string,
  subject: Subject,
  shown: Preview | null,
  active: boolean,
): PreviewRecorder {
  const { title, body } = subject;
  const began = useRef<{ id: string; at: number; changes: number; text: string } | null>(null);
  const text = title + body;
  const note = () => shown && text && logPreview(logged(draftId, subject, shown));
  useEffect(() => {
    if (!active || text === "") return;
    began.current = statsFor(began.current, draftId);
    const timer = setTimeout(() => {
      const writing = statsFor(began.current, draftId);
      if (writing.text !== text) writing.changes += 1;
      writing.text = text;
      note();
    }, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [draftId, text, shown?.tier, shown?.outcome, shown?.subjectKey, active]);
  const sent = () => {
    const id = note();
    const writing = statsFor(began.current, draftId);
    logDraft({ draft_id: draftId, changes: writing.changes, writing_ms: Date.now() - writing.at });
    void flushPreviews();
    return id ? { preview_id: id } : {};
  };
  return { sent };
}

type DraftStats = { id: string; at: number; changes: number; text: string };

function statsFor(known: DraftStats | null, id: string): DraftStats {
  return known?.id === id ? known : { id, at: Date.now(), changes: 0, text: "" };
}

function logged(draftId: string, { title, body }: Subject, shown: Preview) {
  const { tier, policy, model, outcome, bands, tookMs } = shown;
  return { draftId, title, body, tier, policyDigest: policy.digest, model, verdict: outcome, bands, tookMs };
}
