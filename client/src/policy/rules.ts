import { codePoints, pointCounter } from "./code-points";
import { isTooDense, TOO_DENSE } from "./density";
import { forms } from "./disguises";
import { NORMALIZER_VERSION, type Normalized, normalize, type Span } from "./normalize";
import type { CapitalShare, LinkCount, PublicRule, PublicView } from "./public-view";

export type Outcome = "published" | "held" | "rejected";

/** The result of the public rules (tier 0) for a text. It is not binding. */
export interface RuleEvaluation {
  /** The likely outcome under the public rules. */
  outcome: Outcome;
  /** Most severe first, then by rule id: the order of the decision's reasons. */
  hits: RuleHit[];
  notChecked: {
    /** Number of rules that only the server has. */
    rules: number;
    /** Titles of the categories, which only a model assesses. */
    categories: string[];
  };
}

/** Thrown for a policy whose patterns expect another normalizer: a wrong preview is worse than none. */
export class UnknownNormalizer extends Error {
  constructor(readonly version: number) {
    super(`unsupported normalizer version: ${version}`);
  }
}

/**
 * Evaluates the public rules on a text (title, blank line, body).
 *
 * @throws UnknownNormalizer
 */
export function evaluateRules(view: PublicView, text: string): RuleEvaluation {
  if (view.normalizer !== NORMALIZER_VERSION) throw new UnknownNormalizer(view.normalizer);
  const hits: RuleHit[] = isTooDense(text)
    ? [{ ...TOO_DENSE, outcome: "hold", spans: [] }]
    : matchRules(view, text);
  hits.push(...tooLong(view, text));
  const rejecting = bySeverity(hits, "reject");
  const holding = bySeverity(hits, "hold");
  return {
    outcome: rejecting.length > 0 ? "rejected" : holding.length > 0 ? "held" : "published",
    hits: [...rejecting, ...holding, ...bySeverity(hits, "support")],
    notChecked: { rules: view.rules_left_out, categories: view.categories.map(({ title }) => title) },
  };
}

/** Whatever is found in a text beyond the policy's limit, it is held, because nothing reads all of it. */
function tooLong({ reading }: PublicView, text: string): RuleHit[] {
  if (reading?.beyond !== "hold" || codePoints(text) <= reading.characters) return [];
  return [{ rule: "check.unread", category: "check", outcome: "hold", message: reading.message, spans: [] }];
}

function bySeverity(hits: readonly RuleHit[], outcome: RuleHit["outcome"]): RuleHit[] {
  return hits.filter((hit) => hit.outcome === outcome);
}

/** A public rule that fired: the fields of a decision's reason, and the rule's action. */
export interface RuleHit {
  rule: string;
  category: string;
  outcome: PublicRule["outcome"];
  message: string;
  /** In code points of the original text, in order; empty only for a text that no rule can search in. */
  spans: Span[];
}

// Only with the flag `u` do patterns of the dialect (`shared/policy/pattern_dialect.py`) mean the same as in Python.
const LINK = /(?:https?:\/\/|\bwww\.)[^ ]+/gu;
const CAPITALS = /[A-Z]/gu;
const LETTERS = /[A-Za-z]/gu;

export type Measure = NonNullable<PublicRule["measure"]>;

const compiled = new Map<string, RegExp>();

/** Returns the public rules that fire on a text, by rule id. */
export function matchRules(view: PublicView, text: string): RuleHit[] {
  const read = forms(normalize(text));
  return view.rules
    .map((rule) => ({
      rule: rule.id,
      category: rule.category,
      outcome: rule.outcome,
      message: rule.message,
      spans: rule.measure ? measured(rule.measure, text, read) : matchesOf(rule.patterns, read),
    }))
    .filter((hit) => hit.spans.length > 0)
    .sort((a, b) => (a.rule < b.rule ? -1 : 1));
}

function matchesOf(patterns: readonly string[], read: readonly Normalized[]): Span[] {
  const compiled = patterns.map(expression);
  const spans = read.flatMap((form) => compiled.flatMap((pattern) => spansOf(pattern, form)));
  spans.sort((a, b) => a.start - b.start || a.end - b.end);
  return spans.filter((span, i) => span.start !== spans[i - 1]?.start || span.end !== spans[i - 1]?.end);
}

/** Returns the spans that a measure counts if they are enough for the rule to fire; else none. */
function measured(measure: Measure, text: string, [plain]: readonly Normalized[]): Span[] {
  switch (measure.of) {
    case "links":
      return manyLinks(measure, plain);
    case "capitals":
      return manyCapitals(measure, text);
    default:
      // The type check fails for a measure that is missing here. An unknown one from a newer server never fires.
      measure satisfies never;
      return [];
  }
}

function manyLinks({ at_least }: LinkCount, plain: Normalized | undefined): Span[] {
  const links = plain ? spansOf(LINK, plain) : [];
  return links.length >= at_least ? links : [];
}

function manyCapitals(measure: CapitalShare, text: string): Span[] {
  const letters = text.match(LETTERS)?.length ?? 0;
  const capitals = Array.from(text.matchAll(CAPITALS), (capital) => capital.index);
  const [first, last] = [capitals[0], capitals.at(-1)];
  if (first === undefined || last === undefined) return [];
  if (letters < measure.letters || capitals.length < measure.share * letters) return [];
  const pointAt = pointCounter(text);
  return [{ start: pointAt(first), end: pointAt(last + 1) }];
}

function spansOf(pattern: RegExp, normalized: Normalized): Span[] {
  // Most patterns do not match, and `matchAll` copies the pattern first.
  if (normalized.text.search(pattern) < 0) return [];
  const { text, origins } = normalized;
  const spans: Span[] = [];
  const pointAt = pointCounter(text);
  for (const { 0: match, index } of text.matchAll(pattern)) {
    const [start, end] = [pointAt(index), pointAt(index + match.length)];
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
