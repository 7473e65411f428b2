import { expect, test } from "vitest";
import { readAnswer } from "../../../src/features/own-key/completion-response";
import { oneOf, random } from "../../support/random";

const CODES = ["not_json", "wrong_shape", "refused", "cut_off"];
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
