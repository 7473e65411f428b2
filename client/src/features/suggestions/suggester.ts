import { signal } from "@preact/signals";
import type { Description } from "../../platform/state/notices";
import { askForSuggestion, explainSuggestion } from "./source";
import { isUnchanged, type TextRange } from "./text-range";

export type SuggestionKind = "suggest_title" | "reword" | "continue";

export interface Suggestion {
  kind: SuggestionKind;
  range: TextRange;
  state: "asking" | "ready" | "empty" | "failed";
  words: string;
  problem: Description | null;
}

type Ask = (prompt: { system: string; user: string }, signal: AbortSignal) => Promise<string>;

/** A title has 300 characters at most, and nobody asked for an essay. */
const MAX_LENGTH = 2000;

/** One suggestion at a time: asked for, shown, then taken or not. The text is never touched from here. */
export class Suggester {
  readonly current = signal<Suggestion | null>(null);
  private abort = new AbortController();

  constructor(private readonly words: Ask = askForSuggestion) {}

  async suggest(
    kind: SuggestionKind,
    range: TextRange,
    prompt: { system: string; user: string },
  ): Promise<void> {
    this.dismiss();
    this.abort = new AbortController();
    const { signal } = this.abort;
    const begun: Suggestion = { kind, range, state: "asking", words: "", problem: null };
    this.current.value = begun;
    try {
      const answer = tidy(await this.words(prompt, signal), kind, range);
      const state = answer === "" || answer === range.was ? "empty" : "ready";
      if (!signal.aborted) this.current.value = { ...begun, state, words: answer };
    } catch (error) {
      const problem = explainSuggestion(error);
      if (!signal.aborted && problem) this.current.value = { ...begun, state: "failed", problem };
    }
  }

  /** The text has changed: what was suggested for other words than these is gone. */
  keepIf(texts: Record<TextRange["field"], string>): void {
    const place = this.current.peek()?.range;
    if (!place) return;
    const text = texts[place.field];
    const here = place.was === "" ? place.end === text.length : isUnchanged(place, text);
    if (!here) this.dismiss();
  }

  dismiss(): void {
    this.abort.abort();
    this.current.value = null;
  }
}

/** What models put around an answer although they were asked not to. */
function tidy(answer: string, kind: SuggestionKind, { was, start }: TextRange): string {
  const bare = answer.trim().slice(0, MAX_LENGTH);
  if (kind === "suggest_title") {
    const line = bare.split("\n")[0] ?? "";
    return line.replace(/^["“„'](.*)["”“']$/u, "$1").trim();
  }
  if (kind === "reword") return bare;
  return bare && start > 0 && was === "" ? ` ${bare}` : bare;
}
