import { afterEach, expect, test, vi } from "vitest";
import { ApiProblem } from "../../../src/platform/api/api-problem";
import { api, isProblem, setCsrfToken } from "../../../src/platform/api/client";
import { startSpan } from "../../../src/platform/telemetry/tracer";
import { answerWith, headersOf, json } from "../../support/fake-fetch";

afterEach(() => {
  setCsrfToken("");
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function failure(call: Promise<unknown>): Promise<ApiProblem> {
  const error = await call.then(
    () => undefined,
    (problem: unknown) => problem,
  );
  if (!(error instanceof ApiProblem)) throw new Error("no problem was thrown");
  return error;
}

test("a read without an action carries neither a trace nor the CSRF token", async () => {
  setCsrfToken("secret");
  const sent = answerWith(json({ ok: true }));
  await api("/v1/feed", { query: { sort: "hot", cursor: undefined, community: "" } });
  expect(sent[0]?.url).toBe("/v1/feed?sort=hot");
  expect(headersOf(sent[0])).not.toHaveProperty("traceparent");
  expect(headersOf(sent[0])).not.toHaveProperty("X-CSRF-Token");
});

test("a write carries the CSRF token and its body as JSON", async () => {
  setCsrfToken("secret");
  const sent = answerWith(json({}, 202));
  await api("/v1/posts", { method: "POST", body: { title: "ä" } });
  expect(headersOf(sent[0])["X-CSRF-Token"]).toBe("secret");
  expect(sent[0]?.init.body).toBe('{"title":"ä"}');
  expect(sent[0]?.init.credentials).toBe("same-origin");
});

test("a request continues the trace of its action", async () => {
  const sent = answerWith(json({}));
  const action = startSpan("client submit");
  await api("/v1/posts", { method: "POST", body: {}, parent: action });
  expect(headersOf(sent[0]).traceparent).toBe(`00-${action.traceId}-${action.spanId}-01`);
});

test("a problem document becomes a problem with its code and fields", async () => {
  const body = {
    title: "Invalid",
    status: 422,
    detail: "d",
    code: "invalid",
    errors: [{ field: "body", message: "is empty" }],
  };
  answerWith(json(body, 422));
  const problem = await failure(api("/v1/posts"));
  expect(problem.code).toBe("invalid");
  expect(problem.fieldMessage("body")).toBe("is empty");
  expect(isProblem(problem, "invalid")).toBe(true);
});

test("an error without a problem document still becomes a problem", async () => {
  answerWith(new Response("<html>bad gateway", { status: 502, statusText: "Bad Gateway" }));
  const problem = await failure(api("/v1/feed"));
  expect(problem.status).toBe(502);
  expect(problem.code).toBe("http_502");
});

test("a missing answer is a distinct problem, because the outcome is unknown", async () => {
  answerWith(new TypeError("failed to fetch"));
  const problem = await failure(api("/v1/posts", { method: "POST", body: {} }));
  expect(problem.unreachable).toBe(true);
});

test.each(["", '{"items": [', "<html>Sign in to this network</html>"])(
  "an answer that broke off, or that somebody else gave, is as unknown as none: %s",
  async (body) => {
    answerWith(new Response(body, { status: 200 }));
    const problem = await failure(api("/v1/posts", { method: "POST", body: {} }));
    expect([problem.code, problem.unreachable]).toEqual(["unreadable", true]);
  },
);

test("Retry-After is kept", async () => {
  answerWith(json({ code: "too_many_requests" }, 429, { "retry-after": "7" }));
  expect((await failure(api("/v1/feed"))).retryAfter).toBe(7);
});

test("an aborted request stays an abort", async () => {
  answerWith(new DOMException("aborted", "AbortError"));
  await expect(api("/v1/feed")).rejects.toHaveProperty("name", "AbortError");
});

test("an answer without a body is undefined", async () => {
  answerWith(new Response(null, { status: 204 }));
  expect(await api("/v1/sessions/current", { method: "DELETE" })).toBeUndefined();
});
