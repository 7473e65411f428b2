/**
 * Finds the assessment in what a chat model wrote: models wrap it into prose, code fences and their thoughts. The
 * server's `assessment_text.py` does the same; both are tested on `tests/contract/provider-vectors.json`.
 */

export interface Assessment {
  scores: Readonly<Record<string, number>>;
  /** Empty if there is none. */
  rationale: string;
}

/** What ends the thoughts of a model whose server does not separate them, for example DeepSeek’s, Qwen’s and gpt-oss. */
const END_OF_THOUGHTS = /<\/(?:think|thinking|thought|reasoning)>|<\|message\|>/gi;
/** A probability as text. Nothing is guessed: no percent sign, no comma, no word. */
const NUMBER = /^[ \t\r\n]*[0-9]{0,20}\.?[0-9]{1,20}(?:[eE][-+]?[0-9]{1,3})?[ \t\r\n]*$/;
/** Added later (`shared/model/categories.py`): models that do not follow a schema leave out what they do not know. */
const LATER_CATEGORIES: readonly string[] = ["self_harm_encouragement", "sexual_minors"];
/** An answer has one object or a few. A text full of braces must not cost time. */
const MAX_STARTS = 64;

/** Returns the text after the model’s thoughts. */
export function withoutThoughts(text: string): string {
  let end = 0;
  for (const mark of text.matchAll(END_OF_THOUGHTS)) end = mark.index + mark[0].length;
  return text.slice(end);
}

/**
 * Returns the assessment in a text: an object with a probability for every category, with or without `scores` around
 * them. Later categories may be missing. What else it has is ignored. Returns null if there is none, or if there are several with different scores.
 */
export function findAssessment(text: string, categories: readonly string[]): Assessment | null {
  const found = new Map<string, Assessment>();
  for (const assessment of assessmentsIn(text, categories)) {
    const key = JSON.stringify(assessment.scores);
    if (!found.has(key)) found.set(key, assessment);
  }
  const [first = null] = found.values();
  return found.size === 1 ? first : null;
}

/** Yields every assessment in a text. Inside of one, no other is looked for. */
function* assessmentsIn(text: string, categories: readonly string[]): Generator<Assessment> {
  const whole = readJson(text);
  const source = typeof whole === "string" ? whole : text; // JSON in a JSON string
  let at = -1;
  for (let start = 0; start < MAX_STARTS; start += 1) {
    at = source.indexOf("{", at + 1);
    if (at < 0) return;
    const end = endOfObject(source, at);
    const assessment = end < 0 ? null : assessmentIn(readJson(source.slice(at, end)), categories);
    if (!assessment) continue;
    yield assessment;
    at = end - 1;
  }
}

function assessmentIn(value: unknown, categories: readonly string[]): Assessment | null {
  const outer = asFields(value);
  const inner = asFields(outer && Object.hasOwn(outer, "scores") ? outer.scores : outer);
  if (!outer || !inner) return null;
  const scores: Record<string, number> = {};
  for (const name of categories) {
    if (!Object.hasOwn(inner, name) && LATER_CATEGORIES.includes(name)) continue;
    const score = probability(Object.hasOwn(inner, name) ? inner[name] : undefined);
    if (score === null) return null;
    scores[name] = score;
  }
  return { scores, rationale: typeof outer.rationale === "string" ? outer.rationale : "" };
}

function probability(value: unknown): number | null {
  const number = typeof value === "string" && NUMBER.test(value) ? Number(value) : value;
  return typeof number === "number" && number >= 0 && number <= 1 ? number : null;
}

/** Returns the index after the object that begins at `start`; -1 if it does not end. */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let i = start; i < text.length; i += 1) {
    const char = text[i];
    if (inString) {
      if (char === "\\") i += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === "{") depth += 1;
    else if (char === "}") {
      depth -= 1;
      if (depth === 0) return i + 1;
    }
  }
  return -1;
}

export type Fields = Readonly<Record<string, unknown>>;

export function asFields(value: unknown): Fields | null {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Fields) : null;
}

/** Parses JSON; returns undefined if it is none. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    return undefined;
  }
}
