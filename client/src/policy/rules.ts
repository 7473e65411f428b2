import { pointCounter } from "../code-points";
import { forms } from "./disguises";
import { type Normalized, normalize, type Span } from "./normalize";
import type { PublicRule, PublicView } from "./public-view";

/** A public rule that fired: the fields of a decision's reason, and what the rule asks for. */
export interface RuleHit {
  rule: string;
  category: string;
  outcome: PublicRule["outcome"];
  message: string;
  /** In code points of the original text, in its order, never empty. */
  spans: Span[];
}

// `u` and nothing else: the dialect (`shared/policy/dialect.py`) means the same to Python with exactly this flag.
const LINK = /(?:https?:\/\/|\bwww\.)[^ ]+/gu;
const CAPITALS = /[A-Z]/gu;
const LETTERS = /[A-Za-z]/gu;

type Measure = NonNullable<PublicRule["measure"]>;

const compiled = new Map<string, RegExp>();

/** Every public rule that fires on a text, by rule id. */
export function match(view: PublicView, text: string): RuleHit[] {
  const read = forms(normalize(text));
  return view.rules
    .map((rule) => ({
      rule: rule.id,
      category: rule.category,
      outcome: rule.outcome,
      message: rule.message,
      spans: rule.measure ? measured(rule.measure, text, read) : found(rule.patterns, read),
    }))
    .filter((hit) => hit.spans.length > 0)
    .sort((a, b) => (a.rule < b.rule ? -1 : 1));
}

function found(patterns: readonly string[], read: readonly Normalized[]): Span[] {
  const compiled = patterns.map(expression);
  const spans = read.flatMap((form) => compiled.flatMap((pattern) => spansOf(pattern, form)));
  spans.sort((a, b) => a.start - b.start || a.end - b.end);
  return spans.filter((span, i) => span.start !== spans[i - 1]?.start || span.end !== spans[i - 1]?.end);
}

function measured(measure: Measure, text: string, [plain]: readonly Normalized[]): Span[] {
  if (measure.of === "links") {
    const links = plain ? spansOf(LINK, plain) : [];
    return links.length >= measure.at_least ? links : [];
  }
  const letters = text.match(LETTERS)?.length ?? 0;
  const capitals = Array.from(text.matchAll(CAPITALS), (capital) => capital.index);
  const [first, last] = [capitals[0], capitals.at(-1)];
  if (first === undefined || last === undefined) return [];
  if (letters < measure.letters || capitals.length < measure.share * letters) return [];
  const pointAt = pointCounter(text);
  return [{ start: pointAt(first), end: pointAt(last + 1) }];
}

function spansOf(pattern: RegExp, normalized: Normalized): Span[] {
  // Most expressions find nothing, and `matchAll` copies each before it begins.
  if (normalized.text.search(pattern) < 0) return [];
  const { text, origins } = normalized;
  const spans: Span[] = [];
  const pointAt = pointCounter(text);
  for (const { 0: words, index } of text.matchAll(pattern)) {
    const [start, end] = [pointAt(index), pointAt(index + words.length)];
    const [first, last] = [origins[start], origins[end - 1]];
    if (first && last) spans.push({ start: first.start, end: last.end });
  }
  return spans;
}

function expression(pattern: string): RegExp {
  const known = compiled.get(pattern) ?? new RegExp(pattern, "gu");
  compiled.set(pattern, known);
  return known;
}
