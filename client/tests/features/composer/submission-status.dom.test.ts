import { expect, test } from "vitest";
import { statusOf } from "../../../src/features/composer/submission-status";
import type { Preview, PreviewState } from "../../../src/features/previews/preview";
import { ApiProblem } from "../../../src/platform/api/problem";
import type { Accepted, Decision } from "../../../src/platform/api/types";

const accepted: Accepted = { id: "p", revision: 1, sequence: 7, state: "pending" };
const policy = { digest: "d1", version: 3 };
const fine: Preview = {
  tier: 0,
  subjectKey: "this text",
  outcome: "published",
  reasons: [],
  isBorderline: false,
  hiddenRules: 3,
  usedModel: false,
  policy,
  model: "",
  bands: {},
  tookMs: 0.2,
};
const attack = {
  rule: "insult",
  category: "harassment",
  message: "This may be read as an attack.",
  spans: [],
};
const writing = { name: "writing" } as const;

function said(preview: Partial<Preview> | null, part: Partial<PreviewState> = {}): PreviewState {
  return {
    preview: preview && { ...fine, ...preview },
    stricter: null,
    running: [],
    problem: "",
    ...part,
  };
}

function decided(part: Partial<Decision>, preview: Partial<Preview> | null = {}) {
  const engine = {
    engine: "local",
    model: "m",
    decided_by: "engine",
    decided_at: "2026-11-23T10:00:00Z",
  } as const;
  const decision: Decision = { outcome: "published", reasons: [], policy, took_ms: 83.7, ...engine, ...part };
  return statusOf({ name: "decided", accepted, decision }, said(preview), true, true);
}

test("a text without reasons shows only what was not checked", () => {
  const status = statusOf(writing, said({}), true);
  expect(status.tone).toBe("quiet");
  expect(status.headline).toBe("Likely published");
  expect(status.notes.join()).toContain("3 rules that only the server has, and the model");
});

test("a text that may be held says so in the community's own words", () => {
  const status = statusOf(writing, said({ outcome: "held", reasons: [attack] }), true);
  expect(status.tone).toBe("held");
  expect(status.reasons).toEqual([attack]);
});

test.each([
  [0, "Rules on this device"],
  [1, "Model on this device"],
  [2, "Your key"],
  [3, "Server check"],
] as const)("tier %i speaks under its own name", (tier, name) => {
  const status = statusOf(writing, said({ tier, usedModel: tier > 0 }), true);
  expect([status.tier, status.source]).toEqual([tier, name]);
});

test("what each tier has not looked at is said, and the server leaves nothing out", () => {
  const notes = (tier: 0 | 1 | 2 | 3) =>
    statusOf(writing, said({ tier, usedModel: tier > 0 }), true).notes.join();
  expect(notes(1)).toBe("Not checked: 3 rules that only the server has.");
  expect(notes(2)).toContain("the server's own model");
  expect(notes(3)).not.toContain("Not checked");
  expect(notes(3)).toContain("for exactly this text");
});

test("a borderline score says that a moderator may look", () => {
  const held = statusOf(
    writing,
    said({ tier: 1, outcome: "held", isBorderline: true, usedModel: true }),
    true,
  );
  expect(held.headline).toBe("Close to the line: a person may look");
  expect(held.notes.join()).toContain("It may also go out at once.");
});

test("a tier that is at work is named, and nobody else's word is taken for its own", () => {
  const status = statusOf(writing, said({}, { running: [2] }), true);
  expect(status.source).toBe("Rules on this device · asking your key…");
  expect(statusOf(writing, said(null, { running: [3] }), true).headline).toBe("Looking…");
});

test("a lower tier that was stricter is heard as well", () => {
  const stricter: Preview = { ...fine, tier: 1, outcome: "held" };
  const status = statusOf(writing, said({ tier: 2, usedModel: true }, { stricter }), true);
  expect(status.headline).toBe("Likely published");
  expect(status.notes.join()).toContain("Model on this device said: may be held.");
});

test("a provider that fails changes no preview and is explained", () => {
  const status = statusOf(writing, said({}, { problem: "Your provider asks for a pause." }), true);
  expect(status.headline).toBe("Likely published");
  expect(status.notes.join()).toContain("Your provider asks for a pause.");
});

test("the server's signed word can be kept", () => {
  expect(statusOf(writing, said({ tier: 3, receipt: "{}" }), true).receipt).toBe("{}");
});

test("without rules there is no preview, and that and why is said", () => {
  const status = statusOf(writing, said(null, { problem: "The rules are not signed by this place." }), true);
  expect(status.headline).toBe("No preview right now.");
  expect(status.notes.join()).toContain("not signed");
  expect(status.notes.join()).toContain("the server decides");
});

test("the result says who decided, in what time, and what", () => {
  const status = decided({});
  expect(status.headline).toBe("Decided by the server in 84 ms: published");
  expect(status.tone).toBe("published");
});

test("a held post says what happens next and until when it can be appealed", () => {
  const status = decided({ outcome: "held", reasons: [attack], appeal_until: "2026-12-01T10:00:00Z" }, null);
  expect(status.headline).toContain("held for a person");
  expect(status.notes.join()).toMatch(/You can appeal until Dec 1, 2026/);
});

test("a check that failed is not blamed on the author", () => {
  expect(decided({ outcome: "held", failure_mode: "engine_timeout" }).notes.join()).toContain(
    "A check did not answer",
  );
});

test("a decision that differs from the preview says so and why", () => {
  const held = { outcome: "held" } as const;
  expect(decided(held).notes.join()).toContain("The server also ran the model");
  expect(decided({ ...held, policy: { digest: "d2", version: 4 } }).notes.join()).toContain(
    "policy has changed",
  );
  expect(decided(held, { tier: 1, usedModel: true }).notes.join()).toContain(
    "rules that this device does not",
  );
  expect(decided(held, { tier: 1, usedModel: true, model: "x" }).notes.join()).toContain("another version");
  expect(decided(held, { tier: 2, usedModel: true }).notes.join()).toContain("another model");
  expect(decided({ ...held, decided_by: "person" }).notes.join()).toContain("A person sees more");
  expect(decided({}).notes).toEqual(["Others can read it now."]);
});

test("a failed submission says that the text is kept", () => {
  const error = new ApiProblem(0, { code: "unreachable" });
  const status = statusOf({ name: "failed", error }, said({}), true);
  expect(status.tone).toBe("problem");
  expect(status.notes.join()).toContain("Your text is kept on this device");
});

test("a person's decision is said to be a person's", () => {
  expect(decided({ decided_by: "person", took_ms: 0 }).headline).toBe("Decided by a person: published");
});
