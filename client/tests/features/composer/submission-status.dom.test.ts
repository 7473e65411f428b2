import { expect, test } from "vitest";
import { statusOf } from "../../../src/features/composer/submission-status";
import type { Preview, PreviewState } from "../../../src/features/previews/preview";
import { ApiProblem } from "../../../src/platform/api/api-problem";
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
  extent: { read: 40, unread: 0 },
};
const attack = {
  rule: "insult",
  category: "harassment",
  message: "This may be read as an attack.",
  spans: [],
};
const writing = { name: "writing" } as const;

function withPreview(preview: Partial<Preview> | null, part: Partial<PreviewState> = {}): PreviewState {
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
  const unjudged = { unjudged_languages: [], unjudged_spans: [] };
  const decision: Decision = {
    ...unjudged,
    outcome: "published",
    reasons: [],
    policy,
    took_ms: 83.7,
    ...engine,
    ...part,
  };
  return statusOf({ name: "decided", accepted, decision }, withPreview(preview), true, true);
}

test("a decision on a text that nothing judges says so", () => {
  const published = decided({ unjudged: "language", unjudged_languages: ["ja", "de"], unjudged_spans: [] });
  expect(published.notes).toContain("Nobody checks Japanese and German here");
  expect(published.notes).toContain("Moderators see it after it is public.");
});

test("a text that was read in part is never called likely published", () => {
  const extent = { read: 1200, unread: 2800 };
  const state = withPreview({ tier: 1, usedModel: true, extent });
  const read = statusOf(writing, state, true);
  expect(read.headline).toBe("Nothing found so far");
  expect(read.extent).toEqual({ ...extent, isReading: false, canReadOn: true });
  expect(statusOf(writing, { ...state, running: [1] }, true).extent?.isReading).toBe(true);
  expect(statusOf(writing, withPreview({ tier: 1 }), true)).not.toHaveProperty("extent");
});

test("a preview of a part promised nothing, so it does not differ from the decision", () => {
  const part = { tier: 1, usedModel: true, extent: { read: 1200, unread: 2800 } } as const;
  const [whole, partly] = [{ ...part, extent: { read: 4000, unread: 0 } }, part].map((preview) =>
    decided({ outcome: "held", reasons: [attack] }, preview).notes.join(" "),
  );
  expect(whole).toContain("The model on this device suggested");
  expect(partly).not.toContain("The model on this device suggested");
});

test("a decision on a part of the text says so", () => {
  const reading = { characters: 4000, read: 1200, unread: [{ start: 1200, end: 4000 }] };
  const extent = { read: 1200, unread: 2800, isReading: false, canReadOn: false };
  expect(decided({ reading }).extent).toEqual(extent);
  expect(decided({ reading: { characters: 40, read: 40, unread: [] } })).not.toHaveProperty("extent");
});

test("harm in the part that was read is reported at once", () => {
  const extent = { read: 1200, unread: 2800 };
  const held = withPreview({ tier: 1, outcome: "held", reasons: [attack], extent }, { running: [1] });
  expect(statusOf(writing, held, true)).toMatchObject({ headline: "May be held", extent });
});

test("a text without reasons shows only what was not checked", () => {
  const status = statusOf(writing, withPreview({}), true);
  expect(status.tone).toBe("quiet");
  expect(status.headline).toBe("Likely published");
  expect(status.notes.join()).toContain("3 rules that only the server has, and the server’s model.");
});

test("a text that may be held shows the community's messages", () => {
  const status = statusOf(writing, withPreview({ outcome: "held", reasons: [attack] }), true);
  expect(status.tone).toBe("held");
  expect(status.reasons).toEqual([attack]);
});

test.each([
  [0, "Rules on this device"],
  [1, "Model on this device"],
  [2, "Your AI provider"],
  [3, "Server check"],
] as const)("tier %i is named", (tier, name) => {
  const status = statusOf(writing, withPreview({ tier, usedModel: tier > 0 }), true);
  expect([status.tier, status.source]).toEqual([tier, name]);
});

test("previews of the device and the provider say what they did not check; a dry run has no such note", () => {
  const notes = (tier: 0 | 1 | 2 | 3) =>
    statusOf(writing, withPreview({ tier, usedModel: tier > 0 }), true).notes.join();
  expect(notes(1)).toBe("Not checked: 3 rules that only the server has.");
  expect(notes(2)).toContain("the server’s model");
  expect(notes(3)).not.toContain("Not checked");
  expect(notes(3)).toContain("checked exactly this text");
});

test("a borderline preview mentions a possible review", () => {
  const held = statusOf(
    writing,
    withPreview({ tier: 1, outcome: "held", isBorderline: true, usedModel: true }),
    true,
  );
  expect(held.headline).toBe("Borderline: may be held for review");
  expect(held.notes.join()).toContain("It may also be published right away.");
});

test("a running tier is named beside the active one", () => {
  const status = statusOf(writing, withPreview({}, { running: [2] }), true);
  expect(status.source).toBe("Rules on this device · asking your AI provider…");
  expect(statusOf(writing, withPreview(null, { running: [3] }), true).headline).toBe("Checking…");
});

test("a stricter preview of a lower tier is mentioned", () => {
  const stricter: Preview = { ...fine, tier: 1, outcome: "held" };
  const status = statusOf(writing, withPreview({ tier: 2, usedModel: true }, { stricter }), true);
  expect(status.headline).toBe("Likely published");
  expect(status.notes.join()).toContain("The model on this device is stricter: your text may be held.");
});

test("a provider's error is shown and changes no preview", () => {
  const status = statusOf(writing, withPreview({}, { problem: "Your provider asks for a pause." }), true);
  expect(status.headline).toBe("Likely published");
  expect(status.notes.join()).toContain("Your provider asks for a pause.");
});

test("the server's receipt is part of the status", () => {
  expect(statusOf(writing, withPreview({ tier: 3, receipt: "{}" }), true).receipt).toBe("{}");
});

test("without rules the status explains why there is no preview", () => {
  const status = statusOf(
    writing,
    withPreview(null, { problem: "The rules are not signed by this place." }),
    true,
  );
  expect(status.headline).toBe("No preview right now.");
  expect(status.notes.join()).toContain("not signed");
  expect(status.notes.join()).toContain("the server decides");
});

test("a decision states who decided, how fast, and the outcome", () => {
  const status = decided({});
  expect(status.headline).toBe("Decided by the server in 84 ms: published");
  expect(status.tone).toBe("published");
});

test("a held post names the next step and the end of the appeal period", () => {
  const status = decided({ outcome: "held", reasons: [attack], appeal_until: "2026-12-01T10:00:00Z" }, null);
  expect(status.headline).toContain("held for review");
  expect(status.notes.join()).toMatch(/You can appeal until Dec 1, 2026/);
});

test("a failed check is named as the reason for the review", () => {
  expect(decided({ outcome: "held", failure_mode: "engine_timeout" }).notes.join()).toContain(
    "A check did not respond",
  );
});

test("a decision that differs from the preview explains the difference", () => {
  const held = { outcome: "held" } as const;
  expect(decided(held).notes.join()).toContain("The server also uses a model");
  expect(decided({ ...held, policy: { digest: "d2", version: 4 } }).notes.join()).toContain(
    "rules have changed",
  );
  expect(decided(held, { tier: 1, usedModel: true }).notes.join()).toContain(
    "rules that this device does not",
  );
  expect(decided(held, { tier: 1, usedModel: true, model: "x" }).notes.join()).toContain("another version");
  expect(decided(held, { tier: 2, usedModel: true }).notes.join()).toContain("another model");
  expect(decided({ ...held, decided_by: "person" }).notes.join()).toContain("A moderator sees more");
  expect(decided({}).notes).toEqual(["Others can read it now."]);
});

test("a failed submission states that the text is kept", () => {
  const error = new ApiProblem(0, { code: "unreachable" });
  const status = statusOf({ name: "failed", error }, withPreview({}), true);
  expect(status.tone).toBe("problem");
  expect(status.notes.join()).toContain("Your text is kept on this device");
});

test("a moderator's decision is attributed to a moderator", () => {
  expect(decided({ decided_by: "person", took_ms: 0 }).headline).toBe("Decided by a moderator: published");
});
