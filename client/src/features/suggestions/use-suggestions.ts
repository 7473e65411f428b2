import type { ReadonlySignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { Reason } from "../../platform/api/types";
import { announce } from "../../platform/state/notices";
import { policy } from "../../platform/state/policy";
import { type PromptName, render } from "../../policy/prompts";
import { findCommunity } from "../communities/communities";
import { detectBrowserModel, suggestionSource } from "./source";
import { Suggester, type Suggestion, type SuggestionKind } from "./suggester";
import { endOfBody, insertText, passageToReword, type TextRange, wholeField } from "./text-range";

/** The text that suggestions are about, and its fields. */
export interface SuggestionTarget {
  draft: ReadonlySignal<{ community: string; title: string; body: string }>;
  /** Why the text may be held, the strongest reason first. */
  reasons: readonly Reason[];
  /** Code points of the judged text before the body. */
  bodyOffset: number;
  /** The text is not changed any more. */
  locked: boolean;
  empty: boolean;
  titleField: RefObject<HTMLTextAreaElement | null>;
  bodyField: RefObject<HTMLTextAreaElement | null>;
}

export interface SuggestionTools {
  /** Whether there is somebody to ask, and something to ask about. */
  available: boolean;
  current: Suggestion | null;
  ask: (kind: SuggestionKind) => void;
  accept: () => void;
  dismiss: () => void;
  /** Escape, wherever the focus is in the form. */
  onKeyDown: (event: KeyboardEvent) => void;
}

/** Suggestions for one text: asked for, shown, taken or dismissed. */
export function useSuggestions(target: SuggestionTarget): SuggestionTools {
  const suggestor = useMemo(() => new Suggester(), []);
  const { title, body } = target.draft.value;
  const { locked, empty } = target;
  useEffect(() => {
    void detectBrowserModel();
    return () => suggestor.dismiss();
  }, [suggestor]);
  useEffect(() => suggestor.keepIf({ title, body }), [suggestor, title, body]);
  useEffect(() => {
    if (locked) suggestor.dismiss();
  }, [suggestor, locked]);
  const ask = (kind: SuggestionKind) => {
    const view = policy.peek();
    const place = rangeFor(kind, target);
    if (!view || (place.field !== "title" && kind === "reword" && place.was === "")) return;
    void suggestor.suggest(kind, place, render(view, kind satisfies PromptName, valuesFor(target, place)));
  };
  const accept = () => {
    const taken = suggestor.current.peek();
    const field = taken && (taken.range.field === "title" ? target.titleField : target.bodyField).current;
    if (!taken || !field || taken.state !== "ready") return;
    suggestor.dismiss();
    if (insertText(field, taken.range, taken.words)) announce("Taken. Undo brings your words back.");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !suggestor.current.peek()) return;
    event.stopPropagation();
    suggestor.dismiss();
    target.bodyField.current?.focus();
  };
  const available = suggestionSource.value !== null && policy.value !== null && !locked && !empty;
  return {
    available,
    current: suggestor.current.value,
    ask,
    accept,
    dismiss: () => suggestor.dismiss(),
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

function valuesFor({ draft, reasons }: SuggestionTarget, place: TextRange) {
  const { community, title, body } = draft.value;
  const guideline = findCommunity(community)?.guideline ?? "";
  return {
    guideline,
    title: title.trim(),
    body,
    passage: place.was,
    reason: reasons[0]?.message ?? "",
  };
}
