import { act } from "preact/test-utils";
import type { Me, VoteWeight } from "../../src/platform/api/types";
import { endSession, startSession } from "../../src/platform/state/session";
import { answerWith, json } from "./fake-fetch";

const user = { id: "u1", handle: "plum", roles: ["member"] };

/** Begins a session of a member whose votes have this weight. */
export async function signInWith(vote_weight: VoteWeight): Promise<void> {
  answerWith(json({ items: [{ name: "vote", allowed: true }] }));
  const me: Me = { user, csrf_token: "secret", vote_weight };
  await act(async () => startSession(me));
}

/** Ends the session again. */
export async function signOutAgain(): Promise<void> {
  answerWith(json({ items: [] }));
  await act(async () => endSession());
}
