import { expect, test } from "vitest";
import {
  markedReasons,
  queueReason,
  scoreSummary,
  suggestedReasons,
} from "../../../src/features/review/reason-and-score-texts";
import type { QueueItem, Reason } from "../../../src/platform/api/types";

const reason = (rule: string, message = rule): Reason => ({ rule, category: "spam", message, spans: [] });

function item(reasons: Reason[], post: object = { state: "held" }): QueueItem {
  return { post, reasons, scores: {} } as unknown as QueueItem;
}

test("a held post names what held it", () => {
  expect(queueReason(item([reason("spam.link_farm")]))).toBe("Held by a rule");
  expect(queueReason(item([reason("score.spam")]))).toBe("Held by the model");
  expect(queueReason(item([reason("spam.link_farm"), reason("score.spam")]))).toBe(
    "Held by a rule and the model",
  );
  const failed = { state: "held", decision: { failure_mode: "model_unavailable" } };
  expect(queueReason(item([reason("check.failed")], failed))).toBe("Held: a check did not respond");
  const timeout = { ...item([reason("check.failed")], failed), failure: "openai: circuit_open" };
  expect(queueReason(timeout)).toBe("Held: a check did not respond (openai: circuit_open)");
  const fallback = { state: "held", decision: { failure_mode: "local" } };
  expect(queueReason(item([reason("score.spam")], fallback))).toBe("Held by the model");
  const byPerson = { state: "held", decision: { decided_by: "person" } };
  expect(queueReason(item([reason("person")], byPerson))).toBe("Held by a moderator");
});

test("what no model has read is named and marked, also beside other reasons", () => {
  const unread = [{ start: 10, end: 20 }];
  const decision = { reading: { characters: 20, read: 10, unread } };
  const held = item([reason("check.unread")], { state: "held", decision });
  expect(queueReason(held)).toBe("Held: longer than what a model reads");
  expect(markedReasons(held).map(({ rule, spans }) => [rule, spans])).toEqual([["check.unread", unread]]);
  const byRule = item([reason("spam.link_farm")], { state: "held", decision });
  expect(queueReason(byRule)).toBe("Held by a rule");
  expect(markedReasons(byRule).map(({ rule }) => rule)).toEqual(["spam.link_farm", "check.unread"]);
  const readAll = { reading: { characters: 20, read: 20, unread: [] } };
  expect(markedReasons(item([], { state: "held", decision: readAll }))).toEqual([]);
  expect(suggestedReasons([reason("check.unread")])).toEqual([]);
});

test("a rejected post is in the queue because its author appeals", () => {
  expect(queueReason(item([reason("score.spam")], { state: "rejected" }))).toContain(
    "the author has appealed",
  );
});

test("only messages of rules are suggested, each once", () => {
  const reasons = [
    reason("a", "Adverts"),
    reason("b", "Adverts"),
    reason("person", "Mine"),
    reason("check.failed"),
  ];
  expect(suggestedReasons(reasons)).toEqual(["Adverts"]);
});

test("scores are listed from the highest, and scores near zero are summed up", () => {
  expect(scoreSummary({ hate: 0.001, self_harm: 0.02, spam: 0.314 })).toBe(
    "spam 0.31, self-harm crisis 0.02, and others below 0.01",
  );
  expect(scoreSummary({ hate: 0.001 })).toBe("all below 0.01");
  expect(scoreSummary({})).toBe("");
});

test("a published post is in the queue because readers reported it", () => {
  const reported = (count: number, fresh = 0) => ({
    ...item([], { state: "published" }),
    reports: { count, from_new_accounts: fresh, reasons: [] },
  });
  expect(queueReason(reported(1))).toBe("Published; reported by one reader");
  expect(queueReason(reported(3))).toBe("Published; reported by 3 readers");
  expect(queueReason(reported(1, 1))).toBe("Published; reported by one reader, who has a new account");
  expect(queueReason(reported(3, 2))).toBe("Published; reported by 3 readers, 2 of them with new accounts");
});

test("a held post whose author appeals names the appeal", () => {
  const appeal = { appealed_at: "2026-01-02T03:04:05Z", reason: "It is a quotation." };
  expect(queueReason({ ...item([reason("score.spam")]), appeal })).toContain("the author has appealed");
});
