import { computed, effect } from "@preact/signals";
import { ApiProblem } from "../../platform/api/api-problem";
import { sendText, type TextRequest } from "../../platform/api/posts";
import type { Accepted } from "../../platform/api/types";
import { t } from "../../platform/i18n";
import { DraftStore, slotsWithRequest } from "../../platform/state/drafts";
import { announce, report } from "../../platform/state/notices";
import { user } from "../../platform/state/session";
import type { Span } from "../../platform/telemetry/span";
import { Submission } from "./submission";

/** Composers on this page, which send their texts themselves. */
const composers = new Set<string>();
/** Texts that are sent in the background, by slot. */
const background = new Map<string, Submission>();
/** Time for the composers of a page that opens. */
const COMPOSERS_FIRST_MS = 3000;

/** The same while the session of the same user is only read again. */
const ownerId = computed(() => user.value?.id);

/** Sends the user's waiting texts whose composer is not on the page: after a reload, or when it was left. */
export function connectUnsentTexts(): () => void {
  return effect(() => {
    if (!ownerId.value) return;
    const timer = setTimeout(() => resumeAll(), COMPOSERS_FIRST_MS);
    return () => {
      clearTimeout(timer);
      for (const submission of background.values()) submission.leave();
    };
  });
}

/** Leaves the text of a slot to the composer that has opened. @returns a function for when it is closed */
export function composerOpened(slot: string): () => void {
  composers.add(slot);
  background.get(slot)?.leave();
  return () => {
    composers.delete(slot);
    setTimeout(() => resumeAll(), COMPOSERS_FIRST_MS);
  };
}

/**
 * Sends a stored request, in one tab at a time and only for the user who wrote it.
 *
 * @returns the acknowledgement; "elsewhere" if another tab has sent it; null when it failed or was given up
 */
export async function sendStored(
  slot: string,
  postId: string,
  request: TextRequest,
  submission: Submission,
): Promise<Accepted | "elsewhere" | null> {
  const owner = user.peek()?.id;
  const store = new DraftStore(slot);
  return exclusively(`ottit.unsent.${owner}.${slot}`, async () => {
    if (submission.left) return null;
    if (!store.hasRequest(request)) return store.restore() ? null : "elsewhere";
    const accepted = await submission.send(postId, sendingAs(owner, request));
    if (accepted) store.clearSent(request);
    else if (!submission.left) store.forgetRequest(request);
    return accepted;
  });
}

/** Returns a sender that refuses to send a text as another person, who has signed in meanwhile. */
export function sendingAs(owner: string | undefined, request: TextRequest) {
  return async (span: Span): Promise<Accepted> => {
    const now = user.peek();
    if (now && now.id !== owner) throw new ApiProblem(401, { code: "unauthenticated" });
    return sendText(request, span);
  };
}

function resumeAll(): void {
  for (const slot of slotsWithRequest()) {
    if (!composers.has(slot) && !background.has(slot)) void resume(slot);
  }
}

async function resume(slot: string): Promise<void> {
  const draft = new DraftStore(slot).restore();
  if (!draft?.request) return;
  const submission = new Submission();
  background.set(slot, submission);
  announce(t("composer.unsent.sending_again"));
  try {
    const sent = await sendStored(slot, draft.id, draft.request, submission);
    const phase = submission.phase.peek();
    if (sent && sent !== "elsewhere") announce(t("composer.unsent.sent"));
    else if (phase.name === "failed" && !submission.left) report(phase.error, t("composer.text_kept"));
  } finally {
    submission.disconnect();
    background.delete(slot);
  }
}

/** Runs work while no other tab does. Without locks, which need HTTPS, the server still stores each text once. */
function exclusively<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const locks: LockManager | undefined = navigator.locks;
  return locks ? locks.request(name, work) : work();
}
