import { afterEach, expect, test, vi } from "vitest";
import { isProblem } from "../../../src/platform/api/client";
import { onReconnect, serverUnreachable } from "../../../src/platform/api/connectivity";
import {
  connectSession,
  restoreSession,
  sessionKnown,
  signIn,
  user,
} from "../../../src/platform/state/session";
import { answerWith, json } from "../../support/fake-fetch";

const ME = { user: { id: "u1", handle: "plum", roles: [] }, csrf_token: "secret" };
const MAY = { items: [{ name: "submit_post", allowed: true }] };
const GONE = new TypeError("failed to fetch");
const refusal = () => json({ code: "unauthenticated" }, 401);

afterEach(() => vi.unstubAllGlobals());

async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
}

/** Asks the server who is here; a failure to answer is what these tests are about. */
async function ask(): Promise<void> {
  await restoreSession().catch((error: unknown) => {
    if (!isProblem(error)) throw error;
  });
}

test("before the first answer the session is unknown", async () => {
  answerWith(GONE, GONE);
  await ask();
  expect(serverUnreachable.value).toBe(true);
  expect(sessionKnown.value).toBe(false);
});

test("no account is requested for a visitor", async () => {
  const sent = answerWith(json({ items: [] }));
  await ask();
  expect(sent.map(({ url }) => url)).toEqual(["/v1/capabilities"]);
  expect([sessionKnown.value, user.value]).toEqual([true, null]);
});

test("a session is found without a note in the browser", async () => {
  answerWith(json({ items: [{ name: "see_me", allowed: true }] }), json(ME));
  await ask();
  expect(user.value?.handle).toBe("plum");
});

test("the session stays while the server is unreachable or fails", async () => {
  answerWith(json(ME), json(MAY));
  await signIn("plum", "a long pass phrase");
  answerWith(GONE, GONE);
  await ask();
  expect(user.value?.handle).toBe("plum");
  answerWith(json({ code: "unavailable" }, 503), json(MAY));
  await ask();
  expect(user.value?.handle).toBe("plum");
});

test("an answer after an outage is reported once as a reconnection", async () => {
  const returned = vi.fn();
  const stop = onReconnect(returned);
  answerWith(GONE, GONE);
  await ask();
  answerWith(json(ME), json(MAY));
  await ask();
  stop();
  expect(returned).toHaveBeenCalledTimes(1);
});

test("a refused session signs out", async () => {
  const stop = connectSession();
  answerWith(refusal(), json({ items: [] }), json({ items: [] }));
  await ask();
  await settled();
  stop();
  expect(user.value).toBeNull();
  expect(sessionKnown.value).toBe(true);
});
