import { signal } from "@preact/signals";
import { isAbort } from "../../platform/api/client";
import { askForSuggestion, isSuggestionError, type SuggestionError } from "./suggestion-source";
import { isUnchanged, type TextRange } from "./text-range";

export type SuggestionKind = "suggest_title" | "reword" | "continue";

export interface Suggestion {
  kind: SuggestionKind;
  range: TextRange;
  state: "asking" | "ready" | "empty" | "failed";
  text: string;
  /** Set in the state `failed`. */
  error: SuggestionError | null;
}

type Ask = (prompt: { system: string; user: string }, signal: AbortSignal) => Promise<string>;

/** Enough for a few paragraphs. A title has 300 characters at most. */
const MAX_LENGTH = 2000;

/** Holds one suggestion at a time, from the request until it is applied or dismissed. It never changes the text. */
export class Suggester {
  readonly current = signal<Suggestion | null>(null);
  private abort = new AbortController();

  constructor(private readonly ask: Ask = askForSuggestion) {}

  async suggest(
    kind: SuggestionKind,
    range: TextRange,
    prompt: { system: string; user: string },
  ): Promise<void> {
    this.dismiss();
    this.abort = new AbortController();
    const { signal } = this.abort;
    const suggestion: Suggestion = { kind, range, state: "asking", text: "", error: null };
    this.current.value = suggestion;
    try {
      const answer = tidy(await this.ask(prompt, signal), kind, range);
      const state = answer === "" || answer === range.original ? "empty" : "ready";
      if (!signal.aborted) this.current.value = { ...suggestion, state, text: answer };
    } catch (error) {
      if (isAbort(error)) return;
      if (!isSuggestionError(error)) throw error;
      if (!signal.aborted) this.current.value = { ...suggestion, state: "failed", error };
    }
  }

  /** Dismisses the suggestion if the text that it was made for has changed. */
  dismissIfChanged(texts: Record<TextRange["field"], string>): void {
    const range = this.current.peek()?.range;
    if (!range) return;
    const text = texts[range.field];
    const unchanged = range.original === "" ? range.end === text.length : isUnchanged(range, text);
    if (!unchanged) this.dismiss();
  }

  dismiss(): void {
    this.abort.abort();
    this.current.value = null;
  }
}

/** Removes what models add around an answer, such as quotation marks around a title. */
function tidy(answer: string, kind: SuggestionKind, { original, start }: TextRange): string {
  const bare = answer.trim().slice(0, MAX_LENGTH);
  if (kind === "suggest_title") {
    const line = bare.split("\n")[0] ?? "";
    return line.replace(/^["“„'](.*)["”“']$/u, "$1").trim();
  }
  if (kind === "reword") return bare;
  return bare && start > 0 && original === "" ? ` ${bare}` : bare;
}
