import { expect, test } from "vitest";
import { ApiProblem } from "../src/api/problem";
import type { Accepted, Decision } from "../src/api/types";
import type { Preview } from "../src/composer/preview";
import { verdict } from "../src/composer/verdict";

const accepted: Accepted = { id: "p", revision: 1, sequence: 7, state: "pending" };
const policy = { digest: "d1", version: 3 };
const fine: Preview = { outcome: "published", reasons: [], hiddenRules: 3, policy };
const attack = {
  rule: "insult",
  category: "harassment",
  message: "This may be read as an attack.",
  spans: [],
};

function decided(part: Partial<Decision>, preview: Preview | null = fine) {
  const engine = {
    engine: "local",
    model: "m",
    decided_by: "engine",
    decided_at: "2026-11-23T10:00:00Z",
  } as const;
  const decision: Decision = { outcome: "published", reasons: [], policy, took_ms: 83.7, ...engine, ...part };
  return verdict({ name: "decided", accepted, decision }, preview, true, true);
}

test("a text that nothing speaks against is nearly silent and says what was not checked", () => {
  const strip = verdict({ name: "writing" }, fine, true);
  expect(strip.tone).toBe("quiet");
  expect(strip.headline).toBe("Likely published");
  expect(strip.notes.join()).toContain("3 rules that only the server has, and the model");
});

test("a text that may be held says so in the community's own words", () => {
  const strip = verdict({ name: "writing" }, { ...fine, outcome: "held", reasons: [attack] }, true);
  expect(strip.tone).toBe("held");
  expect(strip.reasons).toEqual([attack]);
});

test("without rules there is no preview, and that is said", () => {
  const strip = verdict({ name: "writing" }, null, true);
  expect(strip.headline).toBe("No preview right now.");
  expect(strip.notes.join()).toContain("the server decides");
});

test("the result says who decided, in what time, and what", () => {
  const strip = decided({});
  expect(strip.headline).toBe("Decided by the server in 84 ms: published");
  expect(strip.tone).toBe("published");
});

test("a held post says what happens next and until when it can be appealed", () => {
  const strip = decided({ outcome: "held", reasons: [attack], appeal_until: "2026-12-01T10:00:00Z" }, null);
  expect(strip.headline).toContain("held for a person");
  expect(strip.notes.join()).toMatch(/You can appeal until Dec 1, 2026/);
});

test("a check that failed is not blamed on the author", () => {
  expect(decided({ outcome: "held", failure_mode: "engine_timeout" }).notes.join()).toContain(
    "A check did not answer",
  );
});

test("where preview and decision differ the strip says that and why", () => {
  expect(decided({ outcome: "held" }).notes.join()).toContain("The server also ran the model");
  expect(decided({ outcome: "held", policy: { digest: "d2", version: 4 } }).notes.join()).toContain(
    "policy has changed",
  );
  expect(decided({}).notes).toEqual(["Others can read it now."]);
});

test("a failed submission says that the text is kept", () => {
  const error = new ApiProblem(0, { code: "unreachable" });
  const strip = verdict({ name: "failed", error }, fine, true);
  expect(strip.tone).toBe("problem");
  expect(strip.notes.join()).toContain("Your text is kept on this device");
});

test("a person's decision is said to be a person's", () => {
  expect(decided({ decided_by: "person", took_ms: 0 }).headline).toBe("Decided by a person: published");
});
