import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Submission } from "../../../src/features/composer/submission";
import { ApiProblem } from "../../../src/platform/api/api-problem";
import { noteResponse } from "../../../src/platform/api/connectivity";
import type { Accepted, Decision } from "../../../src/platform/api/types";
import type { StreamEvents } from "../../../src/platform/stream/shared-stream";
import { answerWith, json } from "../../support/fake-fetch";

type Event = StreamEvents["decision"];

const accepted: Accepted = { id: "p1", revision: 1, sequence: 7, state: "pending" };
const decision: Decision = {
  outcome: "published",
  reasons: [],
  policy: { digest: "d", version: 1 },
  engine: "local",
  model: "m",
  decided_by: "engine",
  unjudged_languages: [],
  unjudged_spans: [],
  decided_at: "2026-11-23T10:00:00Z",
  took_ms: 84,
};

function stage() {
  const listeners = new Set<(event: Event) => void>();
  const submission = new Submission((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  });
  const arrive = (part: Partial<Event>) => {
    const event: Event = {
      post_id: "p1",
      revision: 1,
      state: "published",
      decision,
      traceparent: null,
      ...part,
    };
    for (const listener of listeners) listener(event);
  };
  return { submission, arrive, listeners };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("an accepted text waits for its decision and then shows it", async () => {
  const { submission, arrive, listeners } = stage();
  await submission.send("p1", async () => accepted);
  expect(submission.phase.value.name).toBe("deciding");
  arrive({});
  expect(submission.phase.value).toMatchObject({ name: "decided", decision });
  expect(listeners.size).toBe(0);
});

test("a decision that arrives before the response to the submission is not lost", async () => {
  const { submission, arrive } = stage();
  await submission.send("p1", async () => {
    arrive({});
    return accepted;
  });
  expect(submission.phase.value.name).toBe("decided");
});

test("decisions about other posts and revisions are ignored", async () => {
  const { submission, arrive } = stage();
  await submission.send("p1", async () => accepted);
  arrive({ post_id: "p2" });
  arrive({ revision: 2 });
  expect(submission.phase.value.name).toBe("deciding");
});

const overloaded = () => Promise.reject(new ApiProblem(503, { code: "overloaded" }, 3));

test("a temporary failure is sent again by itself when the server's wait is over", async () => {
  const { submission } = stage();
  const answers = [overloaded, overloaded, async () => accepted];
  const sent = submission.send("p1", () => (answers.shift() ?? overloaded)());
  await vi.advanceTimersByTimeAsync(0);
  expect(submission.phase.value).toMatchObject({ name: "waiting", seconds: 3 });
  await vi.advanceTimersByTimeAsync(1000);
  expect(submission.phase.value).toMatchObject({ name: "waiting", seconds: 2 });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await sent).toBe(accepted);
  expect(answers).toEqual([]);
});

test("the author can send at once while the next try waits", async () => {
  const { submission } = stage();
  const answers = [overloaded, async () => accepted];
  const sent = submission.send("p1", () => (answers.shift() ?? overloaded)());
  await vi.advanceTimersByTimeAsync(0);
  submission.sendNow();
  expect(await sent).toBe(accepted);
});

test("the author can give up, and then nothing is sent by itself", async () => {
  const { submission } = stage();
  const send = vi.fn(overloaded);
  const sent = submission.send("p1", send);
  await vi.advanceTimersByTimeAsync(0);
  submission.giveUp();
  expect(await sent).toBeNull();
  expect(submission.phase.value.name).toBe("failed");
  await vi.advanceTimersByTimeAsync(120_000);
  expect(send).toHaveBeenCalledTimes(1);
});

test("the next try starts as soon as the server answers again", async () => {
  const { submission } = stage();
  noteResponse(0);
  const unreachable = () => Promise.reject(new ApiProblem(0, { code: "unreachable" }));
  const answers = [unreachable, async () => accepted];
  const sent = submission.send("p1", () => (answers.shift() ?? unreachable)());
  await vi.advanceTimersByTimeAsync(0);
  noteResponse(200);
  expect(await sent).toBe(accepted);
});

test("a text that was refused can be sent again", async () => {
  const { submission } = stage();
  const refused = await submission.send("p1", () => Promise.reject(new ApiProblem(422, { code: "invalid" })));
  expect(refused).toBeNull();
  expect(submission.phase.value.name).toBe("failed");
  expect(await submission.send("p1", async () => accepted)).toBe(accepted);
});

test("without a stream event the decision is read from the API", async () => {
  const { submission } = stage();
  answerWith(json({ id: "p1", state: "published", revision: 1, decision }));
  await submission.send("p1", async () => accepted);
  await vi.advanceTimersByTimeAsync(1600);
  expect(submission.phase.value.name).toBe("decided");
});

test("a closed composer sends no more requests", async () => {
  const { submission } = stage();
  const sent = answerWith(json({}));
  await submission.send("p1", async () => accepted);
  submission.disconnect();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent).toEqual([]);
});
