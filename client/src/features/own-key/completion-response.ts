import type { Usage } from "./daily-spend";
import type { ProviderErrorCode } from "./provider-error";

/** The content of a chat completion, or the error code if it has none. */
export type Answer = { usage: Usage | null } & (
  | { content: string }
  | {
      content: null;
      errorCode: Extract<ProviderErrorCode, "not_json" | "wrong_shape" | "refused" | "cut_off">;
    }
);

/** No model reads or writes more at once; a larger count is wrong and would use up the day's limit. */
const MAX_TOKENS = 2_000_000;

type Fields = Record<string, unknown>;

/** Parses the response body of `POST /chat/completions`. It is untrusted, so every field is checked. */
export function readAnswer(text: string): Answer {
  const body = objectIn(text);
  if (!body) return { content: null, errorCode: "not_json", usage: null };
  const usage = usageOf(body.usage);
  const choice = Array.isArray(body.choices) ? asFields(body.choices[0]) : null;
  const message = asFields(choice?.message);
  if (!choice || !message) return { content: null, errorCode: "wrong_shape", usage };
  if (typeof message.refusal === "string" && message.refusal) {
    return { content: null, errorCode: "refused", usage };
  }
  if (choice.finish_reason === "content_filter") return { content: null, errorCode: "refused", usage };
  if (choice.finish_reason === "length") return { content: null, errorCode: "cut_off", usage };
  if (typeof message.content !== "string") return { content: null, errorCode: "wrong_shape", usage };
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

/** Returns the reported usage; null if it is missing or implausible, and then it is estimated. */
function usageOf(value: unknown): Usage | null {
  const usage = asFields(value);
  const [input, output] = [usage?.prompt_tokens, usage?.completion_tokens];
  if (!isCount(input) || !isCount(output)) return null;
  return { input, output, estimated: false };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= MAX_TOKENS;
}
