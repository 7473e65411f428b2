import type { Trouble } from "./provider-error";
import type { Usage } from "./spend";

/** What a chat completion says: its content, or why there is none. */
export type Answer = { usage: Usage | null } & (
  | { content: string }
  | { content: null; trouble: Extract<Trouble, "not_json" | "wrong_shape" | "refused" | "cut_off"> }
);

/** No model reads or writes more at once: a larger count would only use up the day's limit. */
const MOST_TOKENS = 2_000_000;

type Fields = Record<string, unknown>;

/** Reads the body of an answer of `POST /chat/completions`. Nothing in it is believed before it has been looked at. */
export function readAnswer(text: string): Answer {
  const body = objectIn(text);
  if (!body) return { content: null, trouble: "not_json", usage: null };
  const usage = usageOf(body.usage);
  const choice = Array.isArray(body.choices) ? asFields(body.choices[0]) : null;
  const message = asFields(choice?.message);
  if (!choice || !message) return { content: null, trouble: "wrong_shape", usage };
  if (typeof message.refusal === "string" && message.refusal) {
    return { content: null, trouble: "refused", usage };
  }
  if (choice.finish_reason === "content_filter") return { content: null, trouble: "refused", usage };
  if (choice.finish_reason === "length") return { content: null, trouble: "cut_off", usage };
  if (typeof message.content !== "string") return { content: null, trouble: "wrong_shape", usage };
  return { content: message.content, usage };
}

function objectIn(text: string): Fields | null {
  try {
    return asFields(JSON.parse(text));
  } catch {
    return null;
  }
}

function asFields(value: unknown): Fields | null {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Fields) : null;
}

/** A count that is no count is as good as none: it is estimated then, and a negative one never lowers a sum. */
function usageOf(value: unknown): Usage | null {
  const usage = asFields(value);
  const [input, output] = [usage?.prompt_tokens, usage?.completion_tokens];
  if (!isCount(input) || !isCount(output)) return null;
  return { input, output, estimated: false };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= MOST_TOKENS;
}
