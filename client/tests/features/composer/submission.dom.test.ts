import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Submission } from "../../../src/features/composer/submission";
import { ApiProblem } from "../../../src/platform/api/api-problem";
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

test("a text that could not be sent can be sent again", async () => {
  const { submission } = stage();
  const refused = await submission.send("p1", () =>
    Promise.reject(new ApiProblem(0, { code: "unreachable" })),
  );
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
