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

/** A draft to submit, with the id of the preview that its author saw last. */
export type OutgoingDraft = Draft & { preview_id?: string };

export interface ComposerState
  extends DraftHandle,
    Pick<DraftPreviews, "textVector" | "runDryRun" | "dryRunning"> {
  phase: Phase;
  subject: Subject;
  /** The content of the status bar. */
  status: Status;
  /** The reasons of the status: why the text may be held, or was. */
  reasons: readonly Reason[];
  /** The text was sent and cannot be changed now. */
  locked: boolean;
  empty: boolean;
  /** Code points before the body in the judged text. */
  bodyOffset: number;
  titleField: Field;
  bodyField: Field;
  /** Selects the words that a reason names. */
  show: (reason: Reason) => void;
  /** Starts an empty draft. */
  startOver: () => void;
  send: (submit: (draft: OutgoingDraft, parent: Span) => Promise<Accepted>) => Promise<Accepted | null>;
}

/**
 * State of one composer: the draft, its previews, and its submission.
 *
 * @param slot the storage key of the draft
 */
export function useComposer(slot: string, start: Partial<Draft>): ComposerState {
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
  const send: ComposerState["send"] = async (submit) => {
    if (empty || locked) return null;
    const preview = recorder.logSubmission();
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
    status,
    reasons: status.reasons,
    locked,
    empty,
    textVector,
    runDryRun,
    dryRunning,
    show,
    startOver,
    send,
  };
}

/** Selects the first words that a reason names, in the title or the body. */
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

/** Returns true once the user may post, and from then on: when the session ends, the text stays on the page. */
export function useMayWrite(): boolean {
  const began = useRef(false);
  began.current ||= can("submit_post");
  return began.current;
}
