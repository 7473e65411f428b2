import { expect, test, vi } from "vitest";
import { diffWords } from "../../../src/features/suggestions/Suggestions";
import { Suggester } from "../../../src/features/suggestions/suggester";
import { describeSuggestionError } from "../../../src/features/suggestions/suggestion-source";
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
])("a diff contains both texts completely: %j → %j", (before, after) => {
  const runs = diffWords(before, after);
  const without = (kind: string) => runs.filter((run) => run.kind !== kind).map(({ text }) => text);
  expect(without("deleted").join("")).toBe(after);
  expect(without("inserted").join("")).toBe(before);
});

test("a completely new passage is one change", () => {
  const kinds = diffWords("Give me all of it now.", "Could I have some, please?").map(({ kind }) => kind);
  expect(kinds).toEqual(["deleted", "inserted"]);
});

test("unchanged words are marked as unchanged", () => {
  expect(diffWords("the red house", "the blue house").map(({ kind }) => kind)).toContain("same");
});

test("the passage to reword is the sentence with the highlight", () => {
  const body = "I like this a lot. But you idiot are wrong. Bye!";
  const { original, start, end } = passageToReword(body, [0, 0], [flagged], 0);
  expect(original).toBe("But you idiot are wrong.");
  expect(body.slice(start, end)).toBe(original);
});

test("spans are in code points of title and body, passages in UTF-16 units of the body", () => {
  const title = "🍅🍅";
  const body = "Fine 🍅. Bad word here. Fine.";
  const start = Array.from(`${title}\n\nFine 🍅. `).length;
  const spans = [{ start, end: start + 3 }];
  expect(passageToReword(body, [0, 0], [{ ...flagged, spans }], Array.from(title).length + 2).original).toBe(
    "Bad word here.",
  );
});

test("a selection takes precedence over highlights", () => {
  expect(passageToReword("I like this a lot. You idiot.", [2, 6], [flagged], 0).original).toBe("like");
});

test("without highlights in the body the passage is the whole body", () => {
  expect(passageToReword("  One. Two.\n", [0, 0], [], 0).original).toBe("One. Two.");
  expect(passageToReword("One.", [0, 0], [{ ...flagged, spans: [{ start: 0, end: 3 }] }], 10).original).toBe(
    "One.",
  );
});

test("a range is unchanged while its text is", () => {
  const place = passageToReword("One. Two.", [5, 9], [], 0);
  expect(isUnchanged(place, "One. Two. Three.")).toBe(true);
  expect(isUnchanged(place, "One! And Two.")).toBe(false);
});

test("a suggestion is shown without its surrounding white space", async () => {
  const suggester = new Suggester(async () => "  Better words. ");
  await suggester.suggest("reword", passageToReword("Bad words.", [0, 0], [], 0), prompt);
  expect(suggester.current.value).toMatchObject({ state: "ready", text: "Better words." });
});

test("a title is one line without quotation marks, and a continuation starts with a space", async () => {
  const suggester = new Suggester(async () => '"My jam jar"\nIt is short.');
  await suggester.suggest("suggest_title", wholeField("title", ""), prompt);
  expect(suggester.current.value?.text).toBe("My jam jar");
  const other = new Suggester(async () => "And then?");
  await other.suggest("continue", endOfBody("It was late."), prompt);
  expect(other.current.value?.text).toBe(" And then?");
});

test.each(["", "  \n", "Same."])("an empty or unchanged answer is not a suggestion: %j", async (words) => {
  const suggester = new Suggester(async () => words);
  await suggester.suggest("reword", passageToReword("Same.", [0, 0], [], 0), prompt);
  expect(suggester.current.value?.state).toBe("empty");
});

test("a suggestion is dismissed when its text changes", async () => {
  const suggester = new Suggester(async () => "Better.");
  await suggester.suggest("reword", passageToReword("Bad. Good.", [0, 4], [], 0), prompt);
  suggester.dismissIfChanged({ title: "", body: "Bad. Good. More." });
  expect(suggester.current.value).not.toBeNull();
  suggester.dismissIfChanged({ title: "", body: "So bad. Good. More." });
  expect(suggester.current.value).toBeNull();
});

test("a suggestion that was dismissed while loading never appears", async () => {
  let finish: (words: string) => void = () => undefined;
  let seen: AbortSignal | undefined;
  const suggester = new Suggester((_, signal) => {
    seen = signal;
    return new Promise((resolve) => {
      finish = resolve;
    });
  });
  const work = suggester.suggest("continue", endOfBody("It"), prompt);
  suggester.dismiss();
  finish("too late");
  await work;
  expect(seen?.aborted).toBe(true);
  expect(suggester.current.value).toBeNull();
});

test("a failure of the browser's model is described", async () => {
  const suggester = new Suggester(
    vi.fn(async () => Promise.reject(new DOMException("x", "NotSupportedError"))),
  );
  await suggester.suggest("continue", endOfBody("It"), prompt);
  expect(describeSuggestionError(suggester.current.value?.error ?? null).title).toContain(
    "Your browser’s model",
  );
});
