import { describe, expect, it } from "vitest";
import { inContext, parts, type Window, windows } from "../../src/policy/windows";
import { policyVectors } from "../support/policy-vectors";
import { random } from "../support/random";

interface Case {
  title: string;
  body: string;
  windows: [start: number, end: number, ...forms: string[]][];
  parts: [start: number, end: number][];
}

interface Answer {
  answered: string;
  body: string;
  context: [together: string, alone: string] | null;
}

/** The cost with which the vectors were made. */
const PART_COST = 600;

describe("the windows of a text are the same here and on the server", () => {
  const { cases } = policyVectors<{ cases: Case[] }>("windows");

  it.each(cases.map((vector, i) => [`${i} ${JSON.stringify(vector.body).slice(0, 60)}`, vector] as const))(
    "%s",
    (_, vector) => {
      const { title, body, windows: expected } = vector;
      expect(windows(title, body).map(({ start, end, forms }) => [start, end, ...forms])).toEqual(expected);
      expect(parts(body, PART_COST).map(({ start, end }) => [start, end])).toEqual(vector.parts);
    },
  );
});

describe("a short answer is read in the same context here and on the server", () => {
  const { contexts } = policyVectors<{ contexts: Answer[] }>("windows");

  it.each(contexts.map((vector, i) => [`${i}`, vector] as const))("%s", (_, { answered, body, context }) => {
    const found = inContext(answered, body);
    expect(found && [found.together, found.alone]).toEqual(context);
  });

  it("has answers with context and without", () => {
    expect(new Set(contexts.map(({ context }) => context !== null))).toEqual(new Set([true, false]));
  });
});

describe("every character of a text", () => {
  const pieces = [
    "a",
    "Word. ",
    "\n\n",
    "🔪",
    "\ud83d",
    "漢字。",
    "각",
    "“No!” ",
    " ",
    "x".repeat(90),
    '", ',
  ];
  const drawn = Array.from({ length: 40 }, (_, seed) => {
    const draw = random(seed);
    const count = Math.floor(draw() * 120);
    return Array.from({ length: count }, () => pieces[Math.floor(draw() * pieces.length)]).join("");
  });

  it.each([...drawn, "w".repeat(40_000)].map((text) => [JSON.stringify(text).slice(0, 40), text] as const))(
    "is in a window: %s",
    (_, text) => {
      expect(unread(windows("", text), Array.from(text).length)).toEqual([]);
    },
  );
});

function unread(found: readonly Window[], length: number): number[] {
  const read = new Set(
    found.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i)),
  );
  return Array.from({ length }, (_, i) => i).filter((place) => !read.has(place));
}
