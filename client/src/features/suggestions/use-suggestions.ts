import type { ReadonlySignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { Reason } from "../../platform/api/types";
import { announce } from "../../platform/state/notices";
import { policy } from "../../platform/state/policy";
import { type PromptName, render } from "../../policy/prompts";
import { findCommunity } from "../communities/communities";
import { lookForBrowserModel, source } from "./source";
import { type Kind, type Suggestion, Suggestor } from "./suggester";
import { endOf, type Place, passageOf, typeInto, wholeOf } from "./text-range";

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
  now: Suggestion | null;
  ask: (kind: Kind) => void;
  accept: () => void;
  dismiss: () => void;
  /** Escape, wherever the focus is in the form. */
  onKeyDown: (event: KeyboardEvent) => void;
}

/** Suggestions for one text: asked for, shown, taken or dismissed. */
export function useSuggestions(target: SuggestionTarget): SuggestionTools {
  const suggestor = useMemo(() => new Suggestor(), []);
  const { title, body } = target.draft.value;
  const { locked, empty } = target;
  useEffect(() => {
    void lookForBrowserModel();
    return () => suggestor.dismiss();
  }, [suggestor]);
  useEffect(() => suggestor.keepIf({ title, body }), [suggestor, title, body]);
  useEffect(() => {
    if (locked) suggestor.dismiss();
  }, [suggestor, locked]);
  const ask = (kind: Kind) => {
    const view = policy.peek();
    const place = placeFor(kind, target);
    if (!view || (place.field !== "title" && kind === "reword" && place.was === "")) return;
    void suggestor.suggest(kind, place, render(view, kind satisfies PromptName, valuesFor(target, place)));
  };
  const accept = () => {
    const taken = suggestor.now.peek();
    const field = taken && (taken.place.field === "title" ? target.titleField : target.bodyField).current;
    if (!taken || !field || taken.state !== "ready") return;
    suggestor.dismiss();
    if (typeInto(field, taken.place, taken.words)) announce("Taken. Undo brings your words back.");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !suggestor.now.peek()) return;
    event.stopPropagation();
    suggestor.dismiss();
    target.bodyField.current?.focus();
  };
  const available = source.value !== null && policy.value !== null && !locked && !empty;
  return { available, now: suggestor.now.value, ask, accept, dismiss: () => suggestor.dismiss(), onKeyDown };
}

function placeFor(kind: Kind, { draft, reasons, bodyField, bodyOffset }: SuggestionTarget): Place {
  const { title, body } = draft.value;
  if (kind === "suggest_title") return wholeOf("title", title);
  if (kind === "continue") return endOf(body);
  const field = bodyField.current;
  const selected: [number, number] = field ? [field.selectionStart, field.selectionEnd] : [0, 0];
  return passageOf(body, selected, reasons, bodyOffset);
}

function valuesFor({ draft, reasons }: SuggestionTarget, place: Place) {
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
