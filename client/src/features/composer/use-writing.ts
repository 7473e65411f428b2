import type { RefObject } from "preact";
import { useRef } from "preact/hooks";
import type { Accepted, Reason } from "../../platform/api/types";
import { type Draft, emptyDraft } from "../../platform/state/drafts";
import { can } from "../../platform/state/session";
import type { Span } from "../../platform/telemetry/span";
import { codePoints } from "../../policy/code-points";
import { highlight } from "../../ui/highlights";
import type { Subject } from "../previews/preview";
import { usePreviewLog } from "../previews/use-preview-log";
import { type DraftPreviews, usePreviews } from "../previews/use-previews";
import type { Status } from "./preview-status";
import { type Phase, useSubmission } from "./submission";
import { statusOf } from "./submission-status";
import { type DraftHandle, useDraft } from "./use-draft";

type Field = RefObject<HTMLTextAreaElement | null>;

/** A draft on its way, with the preview that its author saw last. */
export type OutgoingDraft = Draft & { preview_id?: string };

export interface Writing extends DraftHandle, Pick<DraftPreviews, "textVector" | "runDryRun" | "dryRunning"> {
  phase: Phase;
  subject: Subject;
  /** What the status bar shows now. */
  status: Status;
  /** Why the text may be held, or was: the reasons of the status. */
  reasons: readonly Reason[];
  /** The text is on its way or there: it is not changed any more. */
  locked: boolean;
  empty: boolean;
  /** Code points of the judged text before the body. */
  bodyOffset: number;
  titleField: Field;
  bodyField: Field;
  /** Selects the words that a reason names. */
  show: (reason: Reason) => void;
  /** Makes room for the next text. */
  startOver: () => void;
  send: (submit: (draft: OutgoingDraft, parent: Span) => Promise<Accepted>) => Promise<Accepted | null>;
}

/**
 * Everything between a text field and the server: the draft, its preview, its way.
 *
 * @param slot where the draft is kept
 */
export function useWriting(slot: string, start: Partial<Draft>): Writing {
  const handle = useDraft(slot, start);
  const submission = useSubmission();
  const titleField = useRef<HTMLTextAreaElement>(null);
  const bodyField = useRef<HTMLTextAreaElement>(null);
  const { id, community, title, body } = handle.draft.value;
  const phase = submission.phase.value;
  const subject = { community, title: title.trim(), body };
  const empty = `${title}${body}`.trim() === "";
  const bodyOffset = subject.title ? codePoints(subject.title) + 2 : 0;
  const locked = phase.name === "sending" || phase.name === "deciding" || phase.name === "decided";
  const { state: previewState, textVector, runDryRun, dryRunning } = usePreviews(subject, !locked);
  const recorder = usePreviewLog(id, subject, previewState.preview, !locked);
  const status = statusOf(phase, previewState, !empty, can("appeal_decision"));
  const send: Writing["send"] = async (submit) => {
    if (empty || locked) return null;
    const preview = recorder.sent();
    const outgoing = { id, community, title, body, ...preview };
    const accepted = await submission.send(id, (span) => submit(outgoing, span));
    if (accepted) handle.clear();
    return accepted;
  };
  const show = (reason: Reason) => selectWords(reason, bodyOffset, titleField.current, bodyField.current);
  const startOver = () => {
    submission.reset();
    handle.replace(emptyDraft(community));
    (titleField.current ?? bodyField.current)?.focus();
  };
  const fields = { titleField, bodyField, bodyOffset };
  return {
    ...handle,
    ...fields,
    phase,
    subject,
    status: status,
    reasons: status.reasons,
    locked,
    empty,
    textVector: textVector,
    runDryRun: runDryRun,
    dryRunning: dryRunning,
    show,
    startOver,
    send,
  };
}

/** Selects the first words that a reason names, in whichever field they are. */
export function selectWords(
  reason: Reason,
  bodyOffset: number,
  title: HTMLTextAreaElement | null,
  body: HTMLTextAreaElement | null,
): void {
  const inTitle = bodyOffset > 0 && (reason.spans?.[0]?.start ?? 0) < bodyOffset;
  const field = inTitle ? title : body;
  const found =
    field && highlight(field.value, inTitle ? 0 : bodyOffset, [reason]).find((run) => run.reason !== null);
  if (!field || !found) return;
  field.focus();
  field.setSelectionRange(found.start, found.start + found.text.length);
}

/** Writing that has begun stays on the page when the session ends under it: the status bar says what to do. */
export function useMayWrite(): boolean {
  const began = useRef(false);
  began.current ||= can("submit_post");
  return began.current;
}
