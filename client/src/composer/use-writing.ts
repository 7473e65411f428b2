import type { RefObject } from "preact";
import { useRef } from "preact/hooks";
import type { Accepted, Reason } from "../api/types";
import { codePoints } from "../code-points";
import { can } from "../session/capabilities";
import type { Span } from "../telemetry/span";
import { type Draft, emptyDraft } from "./draft";
import type { Subject } from "./preview";
import { showWords } from "./show-words";
import type { Verdict } from "./strip";
import type { Phase } from "./submission";
import { type Assessment, useAssessment } from "./use-assessment";
import { type DraftHandle, useDraft } from "./use-draft";
import { useRecord } from "./use-record";
import { useSubmission } from "./use-submission";
import { verdict } from "./verdict";

type Field = RefObject<HTMLTextAreaElement | null>;

/** A draft on its way, with the preview that its author saw last. */
export type Outgoing = Draft & { preview_id?: string };

export interface Writing extends DraftHandle, Pick<Assessment, "found" | "check" | "checking"> {
  phase: Phase;
  subject: Subject;
  /** What the strip says now. */
  strip: Verdict;
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
  send: (submit: (draft: Outgoing, parent: Span) => Promise<Accepted>) => Promise<Accepted | null>;
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
  const { said, found, check, checking } = useAssessment(subject, !locked);
  const record = useRecord(id, subject, said.preview, !locked);
  const strip = verdict(phase, said, !empty, can("appeal_decision"));
  const send: Writing["send"] = async (submit) => {
    if (empty || locked) return null;
    const preview = record.sent();
    const outgoing = { id, community, title, body, ...preview };
    const accepted = await submission.send(id, (span) => submit(outgoing, span));
    if (accepted) handle.clear();
    return accepted;
  };
  const show = (reason: Reason) => showWords(reason, bodyOffset, titleField.current, bodyField.current);
  const startOver = () => {
    submission.reset();
    handle.renew(emptyDraft(community));
    (titleField.current ?? bodyField.current)?.focus();
  };
  const fields = { titleField, bodyField, bodyOffset };
  return {
    ...handle,
    ...fields,
    phase,
    subject,
    strip,
    locked,
    empty,
    found,
    check,
    checking,
    show,
    startOver,
    send,
  };
}
