import { Icon } from "../components/Icon";
import { changes } from "./changes";
import { sourceWords } from "./source";
import type { Kind, Suggestion } from "./suggestor";

interface Props {
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
export function SuggestionCard({ suggestion, onAccept, onDismiss }: Props) {
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
