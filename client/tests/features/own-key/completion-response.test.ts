import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findAssessment } from "../../../src/features/own-key/assessment-text";
import { readAnswer } from "../../../src/features/own-key/completion-response";
import { oneOf, random } from "../../support/random";

const CODES = [
  "not_json",
  "wrong_shape",
  "refused",
  "cut_off",
  "server_error",
  "unauthorized",
  "not_found",
  "too_many",
  "no_money",
];
const CATEGORIES = [
  "hate",
  "harassment",
  "violence",
  "self_harm",
  "self_harm_encouragement",
  "sexual",
  "sexual_minors",
  "spam",
];
/** The vectors' names of errors, and ours. */
const ERRORS: Record<string, readonly string[]> = {
  unreadable: ["not_json", "wrong_shape", "cut_off"],
  refused: ["refused"],
  unavailable: ["server_error"],
  unauthorized: ["unauthorized"],
  not_found: ["not_found"],
  rate_limited: ["too_many"],
  quota_exhausted: ["no_money"],
};

interface Vector {
  name: string;
  body: unknown;
  expect: { scores: Record<string, number> } | { error: string };
  usage?: [input: number, output: number];
}

const vectors = JSON.parse(readFileSync("../tests/contract/provider-vectors.json", "utf8")) as {
  cases: Vector[];
};

test.each(vectors.cases)("$name: read as the server reads it", ({ body, expect: expected, usage }) => {
  const answer = readAnswer(typeof body === "string" ? body : JSON.stringify(body));
  const found = answer.content === null ? null : findAssessment(answer.content, CATEGORIES);
  expect(answer.usage && [answer.usage.input, answer.usage.output]).toEqual(usage ?? null);
  if ("scores" in expected) {
    expect(found?.scores).toEqual(expected.scores);
    return;
  }
  expect(found).toBeNull();
  const code = answer.content === null ? answer.errorCode : "wrong_shape";
  expect(ERRORS[expected.error]).toContain(code);
});

test("a text full of brackets is searched in bounded time", () => {
  for (const text of ["{".repeat(200_000), '{"a":'.repeat(40_000), "<think>".repeat(30_000)]) {
    expect(findAssessment(text, CATEGORIES)).toBeNull();
  }
});
const NAMES = [
  "choices",
  "message",
  "content",
  "usage",
  "prompt_tokens",
  "finish_reason",
  "refusal",
  "__proto__",
];
// As JSON text, because JavaScript would write some of them as other values.
const VALUES = [
  "null",
  "1e400",
  "-1",
  "0",
  "1".repeat(400),
  '"\\ud800"',
  '"\\u0000"',
  '"text"',
  "true",
  '"length"',
];

function drawn(next: () => number, depth = 0): string {
  const kind = next();
  if (depth > 3 || kind < 0.3) return oneOf(VALUES, next);
  if (kind < 0.5) return `[${drawn(next, depth + 1)}]`;
  const fields = Array.from(
    { length: 1 + 4 * next() },
    () => `"${oneOf(NAMES, next)}":${drawn(next, depth + 1)}`,
  );
  return `{${fields.join(",")}}`;
}

test("an answer of any shape is a text or has an error code, and never an implausible usage", () => {
  for (let seed = 0; seed < 800; seed += 1) {
    const next = random(seed);
    const inner = `{"choices":[{"message":${drawn(next)}}],"usage":${drawn(next)}}`;
    const whole = next() < 0.5 ? inner : drawn(next);
    const cut = next() < 0.2 ? whole.slice(0, whole.length * next()) : whole;
    const answer = readAnswer(cut);
    if (answer.content === null) expect(CODES, cut).toContain(answer.errorCode);
    else expect(answer.content, cut).toBeTypeOf("string");
    for (const count of [answer.usage?.input ?? 0, answer.usage?.output ?? 0]) {
      expect(count >= 0 && count <= 2_000_000, cut).toBe(true);
    }
  }
});

test("very deep and very long answers are read in bounded time", () => {
  for (const text of [
    "[".repeat(1_000_000),
    '{"choices":'.repeat(200_000),
    " ".repeat(5_000_000),
    "9".repeat(1_000_000),
  ]) {
    expect(readAnswer(text).content).toBeNull();
  }
});
