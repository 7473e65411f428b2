import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../../ui/Icon";
import { sourceWords } from "./source";
import type { Kind, Suggestion } from "./suggester";
import type { SuggestionTools } from "./use-suggestions";
import { changes } from "./word-diff";

interface Props {
  tools: SuggestionTools;
  titled: boolean;
  /** Whether it offers another wording; else the strip does, beside its reasons. */
  rewords: boolean;
}

/** What can be asked for beside a text. Not there where nobody could answer. */
export function SuggestBar({ tools, titled, rewords }: Props) {
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
  const state = tools.now?.state;
  useEffect(() => {
    if (state) place.current?.scrollIntoView({ block: "nearest" });
  }, [state]);
  return (
    <div class="suggestion-slot" ref={place}>
      {tools.now && (
        <SuggestionCard suggestion={tools.now} onAccept={tools.accept} onDismiss={tools.dismiss} />
      )}
    </div>
  );
}

interface CardProps {
  suggestion: Suggestion;
  onAccept: () => void;
  onDismiss: () => void;
}

const TITLES: Record<Kind, string> = {
  suggest_title: "A title",
  reword: "Another wording",
  continue: "How it could go on",
};

const TAGS = { same: "span", gone: "del", new: "ins" } as const;

/** A suggestion beside the text, as the difference that it would make. It is taken or not; it never takes itself. */
export function SuggestionCard({ suggestion, onAccept, onDismiss }: CardProps) {
  const { kind, state, place, words, problem } = suggestion;
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
          {changes(place.was, words).map(({ kind: what, text }, index) => {
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
