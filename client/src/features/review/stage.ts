import type { Outcome, PostState } from "../../platform/api/types";

/** What a person decides about a post, and why. */
export interface ReviewDecision {
  outcome: Outcome;
  reason: string;
}

/** How far a post of the queue has come. `note` is said beside it. */
export type Stage =
  | { name: "open"; note: string }
  | { name: "waiting" | "sending"; ruling: ReviewDecision }
  | { name: "sent"; ruling: ReviewDecision; sequence: number }
  | { name: "gone"; note: string };

export const OPEN_STAGE: Stage = { name: "open", note: "" };
export const CHANGED = "This has changed while you looked, so nothing was decided. Here is the newest of it.";
export const TAKEN_BACK = "Its author took it back. Nothing is left to decide.";

const PLANNED: Record<Outcome, string> = {
  published: "Will be published in 5 seconds.",
  held: "Stays held, for a second look.",
  rejected: "Will not be published; its author reads your reason in 5 seconds.",
};
const DONE: Record<Outcome, string> = {
  published: "Published.",
  held: "Held for a second look. It comes back when you look again.",
  rejected: "Not published. Its author reads your reason.",
};
const ELSEWHERE: Partial<Record<PostState, string>> = {
  pending: "Its author changed it, and it is being checked again. It comes back if it is held.",
  published: "It is published by now. Nothing is left to decide.",
  rejected: "It is rejected by now. Nothing is left to decide.",
  withdrawn: TAKEN_BACK,
};

/** Why a post is no longer in the queue. */
export function goneNote(state: PostState): string {
  return ELSEWHERE[state] ?? "It no longer waits here. Nothing is left to decide.";
}

/** What is said in the place of the buttons, or beside them. */
export function stageWords(stage: Stage): string {
  switch (stage.name) {
    case "waiting":
      return PLANNED[stage.ruling.outcome];
    case "sending":
      return "Sending…";
    case "sent":
      return DONE[stage.ruling.outcome];
    default:
      return stage.note;
  }
}
