import { signal } from "@preact/signals";
import type { Description } from "../../platform/state/notices";
import { askForWords, explainSuggestion } from "./source";
import { type Place, stands } from "./text-range";

export type Kind = "suggest_title" | "reword" | "continue";

export interface Suggestion {
  kind: Kind;
  place: Place;
  state: "asking" | "ready" | "empty" | "failed";
  words: string;
  problem: Description | null;
}

type Ask = (prompt: { system: string; user: string }, signal: AbortSignal) => Promise<string>;

/** A title has 300 characters at most, and nobody asked for an essay. */
const LONGEST = 2000;

/** One suggestion at a time: asked for, shown, then taken or not. The text is never touched from here. */
export class Suggestor {
  readonly now = signal<Suggestion | null>(null);
  private abort = new AbortController();

  constructor(private readonly words: Ask = askForWords) {}

  async suggest(kind: Kind, place: Place, prompt: { system: string; user: string }): Promise<void> {
    this.dismiss();
    this.abort = new AbortController();
    const { signal } = this.abort;
    const begun: Suggestion = { kind, place, state: "asking", words: "", problem: null };
    this.now.value = begun;
    try {
      const answer = tidy(await this.words(prompt, signal), kind, place);
      const state = answer === "" || answer === place.was ? "empty" : "ready";
      if (!signal.aborted) this.now.value = { ...begun, state, words: answer };
    } catch (error) {
      const problem = explainSuggestion(error);
      if (!signal.aborted && problem) this.now.value = { ...begun, state: "failed", problem };
    }
  }

  /** The text has changed: what was suggested for other words than these is gone. */
  keepIf(texts: Record<Place["field"], string>): void {
    const place = this.now.peek()?.place;
    if (!place) return;
    const text = texts[place.field];
    const here = place.was === "" ? place.end === text.length : stands(place, text);
    if (!here) this.dismiss();
  }

  dismiss(): void {
    this.abort.abort();
    this.now.value = null;
  }
}

/** What models put around an answer although they were asked not to. */
function tidy(answer: string, kind: Kind, { was, start }: Place): string {
  const bare = answer.trim().slice(0, LONGEST);
  if (kind === "suggest_title") {
    const line = bare.split("\n")[0] ?? "";
    return line.replace(/^["“„'](.*)["”“']$/u, "$1").trim();
  }
  if (kind === "reword") return bare;
  return bare && start > 0 && was === "" ? ` ${bare}` : bare;
}
