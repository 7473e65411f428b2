import { type Signal, signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { TextRequest } from "../../platform/api/posts";
import type { Accepted, Reason } from "../../platform/api/types";
import { t } from "../../platform/i18n";
import { type Draft, DraftStore, emptyDraft } from "../../platform/state/drafts";
import { announce } from "../../platform/state/notices";
import { can, user } from "../../platform/state/session";
import { codePoints } from "../../policy/code-points";
import { highlight } from "../../ui/highlights";
import type { Subject } from "../previews/preview";
import { usePreviewLog } from "../previews/use-preview-log";
import { type DraftPreviews, usePreviews } from "../previews/use-previews";
import type { Status } from "./preview-status";
import { type Phase, useSubmission } from "./submission";
import { statusOf } from "./submission-status";
import { composerOpened, sendingAs, sendStored } from "./unsent-texts";

type Field = RefObject<HTMLTextAreaElement | null>;

/** A draft to submit, with the id of the preview that its author saw last. */
export type OutgoingDraft = Draft & { preview_id?: string };

export interface ComposerState
  extends DraftHandle,
    Pick<DraftPreviews, "textVector" | "readOn" | "runDryRun" | "dryRunning"> {
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
  /** Ends the wait for the next try: `sendNow` sends at once, `giveUp` lets the author change the text. */
  sendNow: () => void;
  giveUp: () => void;
  /** Starts an empty draft. */
  startOver: () => void;
  send: (toRequest: (draft: OutgoingDraft) => TextRequest) => Promise<void>;
}

/**
 * State of one composer: the draft, its previews, and its submission. A text that was on its way when the page was
 * left is sent again.
 *
 * @param slot the storage key of the draft
 * @param onSent called when the server has accepted the text
 * @param answered what a comment answers; previews read it in this context
 */
export function useComposer(
  slot: string,
  start: Partial<Draft>,
  onSent?: (accepted: Accepted) => void,
  answered?: Subject["answered"],
): ComposerState {
  const handle = useDraft(slot, start);
  const submission = useSubmission();
  const titleField = useRef<HTMLTextAreaElement>(null);
  const bodyField = useRef<HTMLTextAreaElement>(null);
  const { id, community, title, body } = handle.draft.value;
  const phase = submission.phase.value;
  const subject: Subject = { community, title: title.trim(), body, ...(answered ? { answered } : {}) };
  const empty = `${title}${body}`.trim() === "";
  const bodyOffset = subject.title ? codePoints(subject.title) + 2 : 0;
  const locked =
    phase.name === "sending" ||
    phase.name === "waiting" ||
    phase.name === "deciding" ||
    phase.name === "decided";
  const { state: previewState, textVector, readOn, runDryRun, dryRunning } = usePreviews(subject, !locked);
  const recorder = usePreviewLog(id, subject, previewState.preview, !locked);
  const status = statusOf(phase, previewState, !empty, can("appeal_decision"));
  const submit = async (request: TextRequest) => {
    const sent = await sendStored(slot, id, request, submission);
    if (sent === "elsewhere") {
      handle.replace({ ...emptyDraft(), ...start, community });
      announce(t("composer.unsent.sent_elsewhere"));
    } else if (sent) onSent?.(sent);
  };
  const send: ComposerState["send"] = async (toRequest) => {
    if (empty || locked) return;
    const preview = recorder.logSubmission();
    const request = toRequest({ id, community, title, body, ...preview });
    if (handle.keepRequest(request)) await submit(request);
    else {
      const accepted = await submission.send(id, sendingAs(user.peek()?.id, request));
      if (accepted) onSent?.(accepted);
    }
  };
  useEffect(() => {
    const close = composerOpened(slot);
    const { request } = handle.draft.peek();
    if (request) void submit(request);
    return close;
  }, [slot]);
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
    readOn,
    runDryRun,
    dryRunning,
    show,
    startOver,
    send,
    sendNow: () => submission.sendNow(),
    giveUp: () => submission.giveUp(),
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

export interface DraftHandle {
  draft: Signal<Draft>;
  /** The text was restored from this device. */
  restored: boolean;
  change: (part: Partial<Draft>) => void;
  clear: () => void;
  /** Stores the request with which the draft is being sent. Returns false if the browser has no room. */
  keepRequest: (request: TextRequest) => boolean;
  /** Replaces the draft, including its id. */
  replace: (start: Draft) => void;
}

/** Restores the draft of a slot, and saves it whenever the user pauses. */
function useDraft(slot: string, start: Partial<Draft> = {}): DraftHandle {
  const { handle, store } = useMemo(() => openDraft(slot, start), [slot]);
  useEffect(() => {
    store.connect();
    return () => store.disconnect();
  }, [store]);
  return handle;
}

function openDraft(slot: string, start: Partial<Draft>): { handle: DraftHandle; store: DraftStore } {
  const store = new DraftStore(slot);
  const stored = store.restore();
  const draft = signal<Draft>(stored ?? { ...emptyDraft(), ...start });
  if (!draft.value.community) draft.value = { ...draft.value, community: start.community ?? "" };
  const handle: DraftHandle = {
    draft,
    restored: stored !== null,
    change: (part) => {
      const { request: _, ...text } = draft.value;
      draft.value = { ...text, ...part };
      store.saveSoon(draft.value);
    },
    clear: () => store.clear(),
    keepRequest: (request) => store.saveRequest(draft.value, request),
    replace: (fresh) => {
      draft.value = fresh;
      store.saveSoon(fresh);
    },
  };
  return { handle, store };
}
