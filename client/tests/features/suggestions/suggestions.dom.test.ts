import { expect, test, vi } from "vitest";
import { diffWords } from "../../../src/features/suggestions/Suggestions";
import { Suggester } from "../../../src/features/suggestions/suggester";
import {
  endOfBody,
  isUnchanged,
  passageToReword,
  wholeField,
} from "../../../src/features/suggestions/text-range";

const prompt = { system: "s", user: "u" };
const flagged = { rule: "r", category: "harassment", message: "m", spans: [{ start: 26, end: 31 }] };

test.each([
  ["You are an idiot.", "I do not agree with you."],
  ["", "A title"],
  ["word", ""],
  ["a  b\n\nc", "a b\nc d"],
  ["ärger 🍅 hier", "Ärger 🍅🍅 dort"],
])("a difference loses nothing: %j → %j", (before, after) => {
  const runs = diffWords(before, after);
  const without = (kind: string) => runs.filter((run) => run.kind !== kind).map(({ text }) => text);
  expect(without("gone").join("")).toBe(after);
  expect(without("new").join("")).toBe(before);
});

test("a passage that is new altogether is not cut into words", () => {
  const kinds = diffWords("Give me all of it now.", "Could I have some, please?").map(({ kind }) => kind);
  expect(kinds).toEqual(["gone", "new"]);
});

test("words that stay are shown as staying", () => {
  expect(diffWords("the red house", "the blue house").map(({ kind }) => kind)).toContain("same");
});

test("the passage is the sentence that the marked words stand in", () => {
  const body = "I like this a lot. But you idiot are wrong. Bye!";
  const { was, start, end } = passageToReword(body, [0, 0], [flagged], 0);
  expect(was).toBe("But you idiot are wrong.");
  expect(body.slice(start, end)).toBe(was);
});

test("spans count code points of title and body, passages UTF-16 units of the body", () => {
  const title = "🍅🍅";
  const body = "Fine 🍅. Bad word here. Fine.";
  const start = Array.from(`${title}\n\nFine 🍅. `).length;
  const spans = [{ start, end: start + 3 }];
  expect(passageToReword(body, [0, 0], [{ ...flagged, spans }], Array.from(title).length + 2).was).toBe(
    "Bad word here.",
  );
});

test("what is selected is the passage, whatever is marked", () => {
  expect(passageToReword("I like this a lot. You idiot.", [2, 6], [flagged], 0).was).toBe("like");
});

test("without highlights it is all of the text, and words in the title do not move it", () => {
  expect(passageToReword("  One. Two.\n", [0, 0], [], 0).was).toBe("One. Two.");
  expect(passageToReword("One.", [0, 0], [{ ...flagged, spans: [{ start: 0, end: 3 }] }], 10).was).toBe(
    "One.",
  );
});

test("a place stands as long as its words do", () => {
  const place = passageToReword("One. Two.", [5, 9], [], 0);
  expect(isUnchanged(place, "One. Two. Three.")).toBe(true);
  expect(isUnchanged(place, "One! And Two.")).toBe(false);
});

test("a suggestion is shown and nothing else happens", async () => {
  const suggestor = new Suggester(async () => "  Better words. ");
  await suggestor.suggest("reword", passageToReword("Bad words.", [0, 0], [], 0), prompt);
  expect(suggestor.current.value).toMatchObject({ state: "ready", words: "Better words." });
});

test("a title is one line without quotation marks, a continuation begins with a space", async () => {
  const suggestor = new Suggester(async () => '"My jam jar"\nIt is short.');
  await suggestor.suggest("suggest_title", wholeField("title", ""), prompt);
  expect(suggestor.current.value?.words).toBe("My jam jar");
  const other = new Suggester(async () => "And then?");
  await other.suggest("continue", endOfBody("It was late."), prompt);
  expect(other.current.value?.words).toBe(" And then?");
});

test.each(["", "  \n", "Same."])("no words, or the same words, are no suggestion: %j", async (words) => {
  const suggestor = new Suggester(async () => words);
  await suggestor.suggest("reword", passageToReword("Same.", [0, 0], [], 0), prompt);
  expect(suggestor.current.value?.state).toBe("empty");
});

test("when the words change that it was for, a suggestion is gone", async () => {
  const suggestor = new Suggester(async () => "Better.");
  await suggestor.suggest("reword", passageToReword("Bad. Good.", [0, 4], [], 0), prompt);
  suggestor.keepIf({ title: "", body: "Bad. Good. More." });
  expect(suggestor.current.value).not.toBeNull();
  suggestor.keepIf({ title: "", body: "So bad. Good. More." });
  expect(suggestor.current.value).toBeNull();
});

test("dismissed while it is made, it never comes", async () => {
  let finish: (words: string) => void = () => undefined;
  let seen: AbortSignal | undefined;
  const suggestor = new Suggester((_, signal) => {
    seen = signal;
    return new Promise((resolve) => {
      finish = resolve;
    });
  });
  const work = suggestor.suggest("continue", endOfBody("It"), prompt);
  suggestor.dismiss();
  finish("too late");
  await work;
  expect(seen?.aborted).toBe(true);
  expect(suggestor.current.value).toBeNull();
});

test("a model that fails is explained", async () => {
  const suggestor = new Suggester(
    vi.fn(async () => Promise.reject(new DOMException("x", "NotSupportedError"))),
  );
  await suggestor.suggest("continue", endOfBody("It"), prompt);
  expect(suggestor.current.value?.problem?.title).toContain("Your browser's model");
});
