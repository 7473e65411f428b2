import type { RefObject } from "preact";
import { useMemo, useRef } from "preact/hooks";
import type { Accepted, Reason } from "../api/types";
import { can } from "../session/capabilities";
import type { Span } from "../telemetry/span";
import { type Draft, emptyDraft } from "./draft";
import { codePoints } from "./marks";
import { judgedText } from "./preview";
import { showWords } from "./show-words";
import type { Phase } from "./submission";
import { type DraftHandle, useDraft } from "./use-draft";
import { usePreviewer } from "./use-previewer";
import { useSubmission } from "./use-submission";
import { type Verdict, verdict } from "./verdict";

type Field = RefObject<HTMLTextAreaElement | null>;

export interface Writing extends DraftHandle {
  phase: Phase;
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
  send: (submit: (draft: Draft, parent: Span) => Promise<Accepted>) => Promise<Accepted | null>;
}

/**
 * Everything between a text field and the server: the draft, its preview, its way.
 *
 * @param slot where the draft is kept
 */
export function useWriting(slot: string, start: Partial<Draft>): Writing {
  const handle = useDraft(slot, start);
  const submission = useSubmission();
  const preview = usePreviewer();
  const titleField = useRef<HTMLTextAreaElement>(null);
  const bodyField = useRef<HTMLTextAreaElement>(null);
  const { id, title, body } = handle.draft.value;
  const phase = submission.phase.value;
  const judgedTitle = title.trim();
  const empty = `${title}${body}`.trim() === "";
  const bodyOffset = judgedTitle ? codePoints(judgedTitle) + 2 : 0;
  const said = useMemo(() => preview(judgedText(judgedTitle, body)), [preview, judgedTitle, body]);
  const strip = verdict(phase, said, !empty, can("appeal_decision"));
  const locked = phase.name === "sending" || phase.name === "deciding" || phase.name === "decided";
  const send: Writing["send"] = async (submit) => {
    if (empty || locked) return null;
    const accepted = await submission.send(id, (span) => submit(handle.draft.value, span));
    if (accepted) handle.clear();
    return accepted;
  };
  const show = (reason: Reason) => showWords(reason, bodyOffset, titleField.current, bodyField.current);
  const startOver = () => {
    submission.reset();
    handle.renew(emptyDraft(handle.draft.value.community));
    (titleField.current ?? bodyField.current)?.focus();
  };
  return { ...handle, phase, strip, locked, empty, bodyOffset, titleField, bodyField, show, startOver, send };
}
