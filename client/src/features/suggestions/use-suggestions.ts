import { useEffect, useMemo } from "preact/hooks";
import { announce } from "../../platform/state/notices";
import { policy } from "../../platform/state/policy";
import { type PromptName, render } from "../../policy/prompts";
import { findCommunity } from "../communities/communities";
import type { Writing } from "../composer/use-writing";
import { lookForBrowserModel, source } from "./source";
import { type Kind, type Suggestion, Suggestor } from "./suggester";
import { endOf, type Place, passageOf, typeInto, wholeOf } from "./text-range";

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
export function useSuggestions(writing: Writing): SuggestionTools {
  const suggestor = useMemo(() => new Suggestor(), []);
  const { title, body } = writing.draft.value;
  const { locked, empty } = writing;
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
    const place = placeFor(kind, writing);
    if (!view || (place.field !== "title" && kind === "reword" && place.was === "")) return;
    void suggestor.suggest(kind, place, render(view, kind satisfies PromptName, valuesFor(writing, place)));
  };
  const accept = () => {
    const taken = suggestor.now.peek();
    const field = taken && (taken.place.field === "title" ? writing.titleField : writing.bodyField).current;
    if (!taken || !field || taken.state !== "ready") return;
    suggestor.dismiss();
    if (typeInto(field, taken.place, taken.words)) announce("Taken. Undo brings your words back.");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !suggestor.now.peek()) return;
    event.stopPropagation();
    suggestor.dismiss();
    writing.bodyField.current?.focus();
  };
  const available = source.value !== null && policy.value !== null && !locked && !empty;
  return { available, now: suggestor.now.value, ask, accept, dismiss: () => suggestor.dismiss(), onKeyDown };
}

function placeFor(kind: Kind, { draft, strip, bodyField, bodyOffset }: Writing): Place {
  const { title, body } = draft.value;
  if (kind === "suggest_title") return wholeOf("title", title);
  if (kind === "continue") return endOf(body);
  const field = bodyField.current;
  const selected: [number, number] = field ? [field.selectionStart, field.selectionEnd] : [0, 0];
  return passageOf(body, selected, strip.reasons, bodyOffset);
}

function valuesFor({ draft, strip }: Writing, place: Place) {
  const { community, title, body } = draft.value;
  const guideline = findCommunity(community)?.guideline ?? "";
  return {
    guideline,
    title: title.trim(),
    body,
    passage: place.was,
    reason: strip.reasons[0]?.message ?? "",
  };
}

/** What the strip offers while the text can still be changed. */
export function stripActions({ locked, show }: Writing, { available, ask }: SuggestionTools) {
  if (locked) return {};
  return { onShow: show, ...(available ? { onReword: () => ask("reword") } : {}) };
}
