import { diffWordsWithSpace } from "diff";
import { useEffect, useRef } from "preact/hooks";
import { rich, t } from "../../platform/i18n";
import { Icon } from "../../ui/Icon";
import type { Suggestion } from "./suggester";
import { describeSuggestionError, sourceLabel } from "./suggestion-source";
import type { SuggestionTools } from "./use-suggestions";

interface Props {
  tools: SuggestionTools;
  titled: boolean;
  /** Offers another wording here; otherwise the status bar offers it beside its reasons. */
  rewords: boolean;
}

/** Buttons that ask for suggestions. Hidden while no model is available. */
export function SuggestionBar({ tools, titled, rewords }: Props) {
  if (!tools.available) return null;
  return (
    <fieldset class="suggest-bar" aria-label={t("suggestions.label")}>
      <Icon name="suggest" size={16} />
      {titled && (
        <button type="button" class="quiet-button" onClick={() => tools.ask("suggest_title")}>
          {t("suggestions.ask.title")}
        </button>
      )}
      {rewords && (
        <button type="button" class="quiet-button" onClick={() => tools.ask("reword")}>
          {t("suggestions.ask.reword")}
        </button>
      )}
      <button type="button" class="quiet-button" onClick={() => tools.ask("continue")}>
        {t("suggestions.ask.continue")}
      </button>
    </fieldset>
  );
}

/** The place of a suggestion: below everything else, so that nothing moves when one arrives. It scrolls into view. */
export function SuggestionSlot({ tools }: { tools: SuggestionTools }) {
  const slot = useRef<HTMLDivElement>(null);
  const state = tools.current?.state;
  useEffect(() => {
    if (state) slot.current?.scrollIntoView({ block: "nearest" });
  }, [state]);
  return (
    <div class="suggestion-slot" ref={slot}>
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

const TAGS = { same: "span", deleted: "del", inserted: "ins" } as const;

/** A suggestion as a diff against the current text. It is applied only by a click. */
export function SuggestionCard({ suggestion, onAccept, onDismiss }: CardProps) {
  const { kind, state, range, text, error } = suggestion;
  const problem = state === "failed" ? describeSuggestionError(error) : null;
  return (
    <section class="suggestion" aria-label={t("suggestions.card.label")} aria-live="polite">
      <p class="suggestion-head">
        <Icon name="suggest" size={18} />
        <strong>{t(`suggestions.card.title.${kind}`)}</strong>
        <span class="meta">{problem ? "" : sourceLabel()}</span>
      </p>
      {state === "asking" && <p class="meta">{t("suggestions.card.working")}</p>}
      {state === "empty" && <p>{t("suggestions.card.empty")}</p>}
      {problem && (
        <p dir="auto">
          {problem.title}{" "}
          <span class="meta" dir="auto">
            {problem.detail}
          </span>
        </p>
      )}
      {state === "ready" && (
        <p class="suggestion-text" dir="auto">
          {diffWords(range.original, text).map(({ kind: change, text }, index) => {
            const Tag = TAGS[change];
            return <Tag key={`${index} ${change}`}>{text}</Tag>;
          })}
        </p>
      )}
      <p class="send-row">
        {state === "ready" && (
          <button type="button" class="button" onClick={onAccept}>
            {t("suggestions.card.use")}
          </button>
        )}
        <button type="button" class="quiet-button" onClick={onDismiss}>
          {rich(state === "asking" ? "suggestions.card.stop" : "suggestions.card.dismiss", {
            key: (name) => <kbd>{name}</kbd>,
          })}
        </button>
      </p>
    </section>
  );
}

/** A run of words that is unchanged, deleted or inserted. */
export interface WordChange {
  kind: "same" | "deleted" | "inserted";
  text: string;
}

/**
 * Compares two texts word by word. The unchanged and inserted runs together are the new text. Unchanged white space
 * between changed words belongs to the change, so that a changed passage stays in one piece.
 */
export function diffWords(before: string, after: string): WordChange[] {
  const runs: WordChange[] = [];
  let [deleted, inserted] = ["", ""];
  const flush = () => {
    if (deleted) runs.push({ kind: "deleted", text: deleted });
    if (inserted) runs.push({ kind: "inserted", text: inserted });
    [deleted, inserted] = ["", ""];
  };
  for (const { value, added, removed } of diffWordsWithSpace(before, after)) {
    if (added) inserted += value;
    else if (removed) deleted += value;
    else if (value.trim() === "" && deleted + inserted !== "")
      [deleted, inserted] = [deleted + value, inserted + value];
    else {
      flush();
      runs.push({ kind: "same", text: value });
    }
  }
  flush();
  return runs;
}
