import type { ReadonlySignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { Reason } from "../../platform/api/types";
import { t } from "../../platform/i18n";
import { policy } from "../../platform/state/active-policy";
import { announce } from "../../platform/state/notices";
import { type PromptName, renderPrompt } from "../../policy/render-prompt";
import { findCommunity } from "../communities/communities";
import { Suggester, type Suggestion, type SuggestionKind } from "./suggester";
import { detectBrowserModel, suggestionSource } from "./suggestion-source";
import { endOfBody, insertText, passageToReword, type TextRange, wholeField } from "./text-range";

/** The text to make suggestions for, and its fields. */
export interface SuggestionTarget {
  draft: ReadonlySignal<{ community: string; title: string; body: string }>;
  /** Reasons why the text may be held, the strongest first. */
  reasons: readonly Reason[];
  /** Code points before the body in the judged text. */
  bodyOffset: number;
  /** The text was sent and cannot be changed now. */
  locked: boolean;
  empty: boolean;
  titleField: RefObject<HTMLTextAreaElement | null>;
  bodyField: RefObject<HTMLTextAreaElement | null>;
}

export interface SuggestionTools {
  /** True if a model is available and there is a text. */
  available: boolean;
  current: Suggestion | null;
  ask: (kind: SuggestionKind) => void;
  accept: () => void;
  dismiss: () => void;
  /** Handles Escape anywhere in the form. */
  onKeyDown: (event: KeyboardEvent) => void;
}

/** Manages the suggestions for one text. */
export function useSuggestions(target: SuggestionTarget): SuggestionTools {
  const suggester = useMemo(() => new Suggester(), []);
  const { title, body } = target.draft.value;
  const { locked, empty } = target;
  useEffect(() => {
    void detectBrowserModel();
    return () => suggester.dismiss();
  }, [suggester]);
  useEffect(() => suggester.dismissIfChanged({ title, body }), [suggester, title, body]);
  useEffect(() => {
    if (locked) suggester.dismiss();
  }, [suggester, locked]);
  const ask = (kind: SuggestionKind) => {
    const view = policy.peek();
    const range = rangeFor(kind, target);
    if (!view || (range.field !== "title" && kind === "reword" && range.original === "")) return;
    void suggester.suggest(
      kind,
      range,
      renderPrompt(view, kind satisfies PromptName, valuesFor(target, range)),
    );
  };
  const accept = () => {
    const suggestion = suggester.current.peek();
    const field =
      suggestion && (suggestion.range.field === "title" ? target.titleField : target.bodyField).current;
    if (!suggestion || !field || suggestion.state !== "ready") return;
    suggester.dismiss();
    if (insertText(field, suggestion.range, suggestion.text)) announce(t("suggestions.applied"));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !suggester.current.peek()) return;
    event.stopPropagation();
    suggester.dismiss();
    target.bodyField.current?.focus();
  };
  const available = suggestionSource.value !== null && policy.value !== null && !locked && !empty;
  return {
    available,
    current: suggester.current.value,
    ask,
    accept,
    dismiss: () => suggester.dismiss(),
    onKeyDown,
  };
}

function rangeFor(
  kind: SuggestionKind,
  { draft, reasons, bodyField, bodyOffset }: SuggestionTarget,
): TextRange {
  const { title, body } = draft.value;
  if (kind === "suggest_title") return wholeField("title", title);
  if (kind === "continue") return endOfBody(body);
  const field = bodyField.current;
  const selected: [number, number] = field ? [field.selectionStart, field.selectionEnd] : [0, 0];
  return passageToReword(body, selected, reasons, bodyOffset);
}

function valuesFor({ draft, reasons }: SuggestionTarget, range: TextRange) {
  const { community, title, body } = draft.value;
  const guideline = findCommunity(community)?.guideline ?? "";
  return {
    guideline,
    title: title.trim(),
    body,
    passage: range.original,
    reason: reasons[0]?.message ?? "",
  };
}
