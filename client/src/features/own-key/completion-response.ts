import { asFields, type Fields, readJson, withoutThoughts } from "./assessment-text";
import type { Usage } from "./daily-spend";
import type { ProviderErrorCode } from "./provider-error";

/** The content of a chat completion, or the error code if it has none. */
export type Answer = { usage: Usage | null } & (
  | { content: string }
  | { content: null; errorCode: ProviderErrorCode }
);

/** No model reads or writes more at once; a larger count is wrong and would use up the day's limit. */
const MAX_TOKENS = 2_000_000;
const REFUSED = new Set(["content_filter", "safety", "refusal"]);
const CUT_OFF = new Set(["length", "max_tokens", "tool_calls", "function_call"]);
/** Where servers put what a model wrote, in this order: reasoning models may leave `content` empty. */
const TEXTS = ["content", "reasoning_content", "reasoning"] as const;
/** Words of an error that comes with the status 200, and its code: the first that fits. */
const ERRORS: readonly [word: string, code: ProviderErrorCode][] = [
  ["insufficient_quota", "no_money"],
  ["invalid_api_key", "unauthorized"],
  ["401", "unauthorized"],
  ["model_not_found", "not_found"],
  ["404", "not_found"],
  ["429", "too_many"],
  ["rate_limit", "too_many"],
  ["content_filter", "refused"],
];

/**
 * Reads the response body of `POST /chat/completions`, in the forms in which servers send it, whatever its content type
 * says. It is untrusted, so every field is checked. The server's `chat_completion.py` does the same; both are tested on
 * `tests/contract/provider-vectors.json`.
 */
export function readAnswer(body: string): Answer {
  const text = body.replace(/^\ufeff/, "").replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
  const isStream = ["data:", "event:", ":"].some((start) => text.startsWith(start));
  const response = isStream ? fromEvents(text) : asFields(readJson(text));
  if (!response) return { content: null, errorCode: "not_json", usage: null };
  const usage = usageOf(response.usage);
  const failed = (errorCode: ProviderErrorCode): Answer => ({ content: null, errorCode, usage });
  if (response.error) return failed(errorCodeIn(response.error));
  const choice = firstChoice(response);
  const message = asFields(choice?.message);
  const finishReason = textOf(choice?.finish_reason).toLowerCase();
  if (textOf(message?.refusal) || REFUSED.has(finishReason)) return failed("refused");
  if (CUT_OFF.has(finishReason)) return failed("cut_off");
  const content = TEXTS.map((name) => written(message?.[name])).find((one) => /[^ \t\r\n]/.test(one));
  // The thoughts of a model are neither an assessment nor a suggestion.
  return content === undefined ? failed("wrong_shape") : { content: withoutThoughts(content), usage };
}

function errorCodeIn(error: unknown): ProviderErrorCode {
  const { code = "", type = "", status = "" } = asFields(error) ?? {};
  const known = `${code} ${type} ${status}`.toLowerCase();
  return ERRORS.find(([word]) => known.includes(word))?.[1] ?? "server_error";
}

/** Returns the completion that a stream of events spells; null if an event cannot be read. */
function fromEvents(text: string): Fields | null {
  const whole: Record<string, unknown> = {};
  const message: Record<string, string> = { content: "", reasoning_content: "", reasoning: "", refusal: "" };
  let finishReason = "";
  for (const line of text.split(/\r\n|\n|\r/)) {
    const data = line.startsWith("data:") ? line.slice("data:".length).replace(/^[ \t]+|[ \t]+$/g, "") : "";
    if (data === "[DONE]") break;
    if (!data) continue;
    const value = readJson(data);
    if (value === undefined) return null;
    const event = asFields(value) ?? {};
    if (event.usage) whole.usage = event.usage;
    if (event.error) whole.error = event.error;
    const choice = firstChoice(event);
    const piece = asFields(choice?.delta || choice?.message);
    for (const name of Object.keys(message)) message[name] += written(piece?.[name]);
    finishReason = textOf(choice?.finish_reason) || finishReason;
  }
  return { ...whole, choices: [{ message, finish_reason: finishReason }] };
}

function firstChoice({ choices }: Fields): Fields | null {
  return Array.isArray(choices) ? asFields(choices[0]) : null;
}

/** Returns what a model wrote: a text, an object, or parts of which some are texts. */
function written(value: unknown): string {
  if (!Array.isArray(value)) return asFields(value) ? JSON.stringify(value) : textOf(value);
  const parts = value.map((part) => asFields(part) ?? {});
  return parts
    .map(({ type, text }) => (type === "text" || type === "output_text" ? textOf(text) : ""))
    .join("");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
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
