import { expect, test } from "vitest";
import { heldBecause, scoreWords, suggestions } from "../../../src/features/review/reason-words";
import type { QueueItem, Reason } from "../../../src/platform/api/types";

const reason = (rule: string, message = rule): Reason => ({ rule, category: "spam", message, spans: [] });

function item(reasons: Reason[], post: object = { state: "held" }): QueueItem {
  return { post, reasons, scores: {} } as unknown as QueueItem;
}

test("it is said who stopped a post", () => {
  expect(heldBecause(item([reason("spam.link_farm")]))).toBe("Held by a rule");
  expect(heldBecause(item([reason("score.spam")]))).toBe("Held by the model");
  expect(heldBecause(item([reason("spam.link_farm"), reason("score.spam")]))).toBe(
    "Held by a rule and the model",
  );
  const failed = { state: "held", decision: { failure_mode: "model_unavailable" } };
  expect(heldBecause(item([reason("check.failed")], failed))).toBe("Held: a check did not answer");
  const timeout = { ...item([reason("check.failed")], failed), failure: "openai: circuit_open" };
  expect(heldBecause(timeout)).toBe("Held: a check did not answer (openai: circuit open)");
  const stoodIn = { state: "held", decision: { failure_mode: "local" } };
  expect(heldBecause(item([reason("score.spam")], stoodIn))).toBe("Held by the model");
  const byPerson = { state: "held", decision: { decided_by: "person" } };
  expect(heldBecause(item([reason("person")], byPerson))).toBe("Held by a moderator");
});

test("a rejected post is in the queue because its author appeals", () => {
  expect(heldBecause(item([reason("score.spam")], { state: "rejected" }))).toContain("its author asks again");
});

test("only words of rules are suggested, each once", () => {
  const reasons = [
    reason("a", "Adverts"),
    reason("b", "Adverts"),
    reason("person", "Mine"),
    reason("check.failed"),
  ];
  expect(suggestions(reasons)).toEqual(["Adverts"]);
});

test("scores are told from the highest on, and the faint ones together", () => {
  expect(scoreWords({ hate: 0.001, self_harm: 0.02, spam: 0.314 })).toBe(
    "spam 0.31 · self harm 0.02 · the others below 0.01",
  );
  expect(scoreWords({ hate: 0.001 })).toBe("all below 0.01");
  expect(scoreWords({})).toBe("");
});

test("a published post is in the queue because readers report it", () => {
  const reported = (count: number) => ({
    ...item([], { state: "published" }),
    reports: { count, reasons: [] },
  });
  expect(heldBecause(reported(1))).toBe("Published, and reported by one reader");
  expect(heldBecause(reported(3))).toBe("Published, and reported by 3 readers");
});

test("a held post whose author appeals says so", () => {
  const appeal = { appealed_at: "2026-01-02T03:04:05Z", reason: "It is a quotation." };
  expect(heldBecause({ ...item([reason("score.spam")]), appeal })).toContain("its author asks again");
});
