import { expect, test, vi } from "vitest";
import { Suggestor } from "../../../src/features/suggestions/suggester";
import { endOf, passageOf, stands, wholeOf } from "../../../src/features/suggestions/text-range";
import { changes } from "../../../src/features/suggestions/word-diff";

const prompt = { system: "s", user: "u" };
const flagged = { rule: "r", category: "harassment", message: "m", spans: [{ start: 26, end: 31 }] };

test.each([
  ["You are an idiot.", "I do not agree with you."],
  ["", "A title"],
  ["word", ""],
  ["a  b\n\nc", "a b\nc d"],
  ["ärger 🍅 hier", "Ärger 🍅🍅 dort"],
])("a difference loses nothing: %j → %j", (before, after) => {
  const runs = changes(before, after);
  const without = (kind: string) => runs.filter((run) => run.kind !== kind).map(({ text }) => text);
  expect(without("gone").join("")).toBe(after);
  expect(without("new").join("")).toBe(before);
});

test("a passage that is new altogether is not cut into words", () => {
  const kinds = changes("Give me all of it now.", "Could I have some, please?").map(({ kind }) => kind);
  expect(kinds).toEqual(["gone", "new"]);
});

test("words that stay are shown as staying", () => {
  expect(changes("the red house", "the blue house").map(({ kind }) => kind)).toContain("same");
});

test("the passage is the sentence that the marked words stand in", () => {
  const body = "I like this a lot. But you idiot are wrong. Bye!";
  const { was, start, end } = passageOf(body, [0, 0], [flagged], 0);
  expect(was).toBe("But you idiot are wrong.");
  expect(body.slice(start, end)).toBe(was);
});

test("spans count code points of title and body, passages UTF-16 units of the body", () => {
  const title = "🍅🍅";
  const body = "Fine 🍅. Bad word here. Fine.";
  const start = Array.from(`${title}\n\nFine 🍅. `).length;
  const spans = [{ start, end: start + 3 }];
  expect(passageOf(body, [0, 0], [{ ...flagged, spans }], Array.from(title).length + 2).was).toBe(
    "Bad word here.",
  );
});

test("what is selected is the passage, whatever is marked", () => {
  expect(passageOf("I like this a lot. You idiot.", [2, 6], [flagged], 0).was).toBe("like");
});

test("without marks it is all of the text, and words in the title do not move it", () => {
  expect(passageOf("  One. Two.\n", [0, 0], [], 0).was).toBe("One. Two.");
  expect(passageOf("One.", [0, 0], [{ ...flagged, spans: [{ start: 0, end: 3 }] }], 10).was).toBe("One.");
});

test("a place stands as long as its words do", () => {
  const place = passageOf("One. Two.", [5, 9], [], 0);
  expect(stands(place, "One. Two. Three.")).toBe(true);
  expect(stands(place, "One! And Two.")).toBe(false);
});

test("a suggestion is shown and nothing else happens", async () => {
  const suggestor = new Suggestor(async () => "  Better words. ");
  await suggestor.suggest("reword", passageOf("Bad words.", [0, 0], [], 0), prompt);
  expect(suggestor.now.value).toMatchObject({ state: "ready", words: "Better words." });
});

test("a title is one line without quotation marks, a continuation begins with a space", async () => {
  const suggestor = new Suggestor(async () => '"My jam jar"\nIt is short.');
  await suggestor.suggest("suggest_title", wholeOf("title", ""), prompt);
  expect(suggestor.now.value?.words).toBe("My jam jar");
  const other = new Suggestor(async () => "And then?");
  await other.suggest("continue", endOf("It was late."), prompt);
  expect(other.now.value?.words).toBe(" And then?");
});

test.each(["", "  \n", "Same."])("no words, or the same words, are no suggestion: %j", async (words) => {
  const suggestor = new Suggestor(async () => words);
  await suggestor.suggest("reword", passageOf("Same.", [0, 0], [], 0), prompt);
  expect(suggestor.now.value?.state).toBe("empty");
});

test("when the words change that it was for, a suggestion is gone", async () => {
  const suggestor = new Suggestor(async () => "Better.");
  await suggestor.suggest("reword", passageOf("Bad. Good.", [0, 4], [], 0), prompt);
  suggestor.keepIf({ title: "", body: "Bad. Good. More." });
  expect(suggestor.now.value).not.toBeNull();
  suggestor.keepIf({ title: "", body: "So bad. Good. More." });
  expect(suggestor.now.value).toBeNull();
});

test("dismissed while it is made, it never comes", async () => {
  let finish: (words: string) => void = () => undefined;
  let seen: AbortSignal | undefined;
  const suggestor = new Suggestor((_, signal) => {
    seen = signal;
    return new Promise((resolve) => {
      finish = resolve;
    });
  });
  const work = suggestor.suggest("continue", endOf("It"), prompt);
  suggestor.dismiss();
  finish("too late");
  await work;
  expect(seen?.aborted).toBe(true);
  expect(suggestor.now.value).toBeNull();
});

test("a model that fails is explained", async () => {
  const suggestor = new Suggestor(
    vi.fn(async () => Promise.reject(new DOMException("x", "NotSupportedError"))),
  );
  await suggestor.suggest("continue", endOf("It"), prompt);
  expect(suggestor.now.value?.problem?.title).toContain("Your browser's model");
});
