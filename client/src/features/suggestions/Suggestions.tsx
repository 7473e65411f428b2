import { diffWordsWithSpace } from "diff";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../../ui/Icon";
import { sourceWords } from "./source";
import type { Suggestion, SuggestionKind } from "./suggester";
import type { SuggestionTools } from "./use-suggestions";

interface Props {
  tools: SuggestionTools;
  titled: boolean;
  /** Whether it offers another wording; else the status bar does, beside its reasons. */
  rewords: boolean;
}

/** What can be asked for beside a text. Not there where nobody could answer. */
export function SuggestionBar({ tools, titled, rewords }: Props) {
  if (!tools.available) return null;
  return (
    <fieldset class="suggest-bar" aria-label="Suggestions">
      <Icon name="suggest" size={16} />
      {titled && (
        <button type="button" class="quiet-button" onClick={() => tools.ask("suggest_title")}>
          Suggest a title
        </button>
      )}
      {rewords && (
        <button type="button" class="quiet-button" onClick={() => tools.ask("reword")}>
          Reword
        </button>
      )}
      <button type="button" class="quiet-button" onClick={() => tools.ask("continue")}>
        Go on
      </button>
    </fieldset>
  );
}

/** The place of a suggestion: below everything, so that nothing moves when one arrives. Whoever asked is shown it. */
export function SuggestionSlot({ tools }: { tools: SuggestionTools }) {
  const place = useRef<HTMLDivElement>(null);
  const state = tools.current?.state;
  useEffect(() => {
    if (state) place.current?.scrollIntoView({ block: "nearest" });
  }, [state]);
  return (
    <div class="suggestion-slot" ref={place}>
      {tools.current && (
        <SuggestionCard suggestion={tools.current} onAccept={tools.accept} onDismiss={tools.dismiss} />
      )}
    </div>
  );
}

interface CardProps {
  suggestion: Suggestion;
  onAccept: () => void;
  onDismiss: () => void;
}

const TITLES: Record<SuggestionKind, string> = {
  suggest_title: "A title",
  reword: "Another wording",
  continue: "How it could go on",
};

const TAGS = { same: "span", gone: "del", new: "ins" } as const;

/** A suggestion beside the text, as the difference that it would make. It is taken or not; it never takes itself. */
export function SuggestionCard({ suggestion, onAccept, onDismiss }: CardProps) {
  const { kind, state, range, words, problem } = suggestion;
  return (
    <section class="suggestion" aria-label="Suggestion" aria-live="polite">
      <p class="suggestion-head">
        <Icon name="suggest" size={18} />
        <strong>{TITLES[kind]}</strong>
        <span class="meta">{state === "failed" ? "" : sourceWords()}</span>
      </p>
      {state === "asking" && <p class="meta">Thinking… You can go on writing.</p>}
      {state === "empty" && <p>There is nothing to suggest here.</p>}
      {problem && (
        <p>
          {problem.title} <span class="meta">{problem.detail}</span>
        </p>
      )}
      {state === "ready" && (
        <p class="suggestion-text">
          {diffWords(range.was, words).map(({ kind: what, text }, index) => {
            const Tag = TAGS[what];
            return <Tag key={`${index} ${what}`}>{text}</Tag>;
          })}
        </p>
      )}
      <p class="send-row">
        {state === "ready" && (
          <button type="button" class="button" onClick={onAccept}>
            Take it
          </button>
        )}
        <button type="button" class="quiet-button" onClick={onDismiss}>
          {state === "asking" ? "Stop" : "Dismiss"} <kbd>Esc</kbd>
        </button>
      </p>
    </section>
  );
}

/** A run of words that stays, goes or comes. */
export interface WordChange {
  kind: "same" | "gone" | "new";
  text: string;
}

/**
 * How one text becomes another, word by word; putting together what stays and comes gives the new text. Spaces that
 * stay between words that do not are no reason to break a change into pieces.
 */
export function diffWords(before: string, after: string): WordChange[] {
  const runs: WordChange[] = [];
  let [gone, come] = ["", ""];
  const flush = () => {
    if (gone) runs.push({ kind: "gone", text: gone });
    if (come) runs.push({ kind: "new", text: come });
    [gone, come] = ["", ""];
  };
  for (const { value, added, removed } of diffWordsWithSpace(before, after)) {
    if (added) come += value;
    else if (removed) gone += value;
    else if (value.trim() === "" && gone + come !== "") [gone, come] = [gone + value, come + value];
    else {
      flush();
      runs.push({ kind: "same", text: value });
    }
  }
  flush();
  return runs;
}
