import { recordedFetch } from "../../platform/api/request-log";
import { readAnswer } from "./completion-response";
import { estimateUsage, isOverLimit, recordUsage, refreshSpend, type Usage } from "./daily-spend";
import { errorCodeOf, ProviderError } from "./provider-error";
import { isOriginAllowed } from "./provider-origins";
import type { Provider } from "./provider-setup";

/** The subset of JSON Schema that the policy's output schema uses. */
export interface Schema {
  type: "object" | "number" | "string";
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: boolean;
  minimum?: number;
  maximum?: number;
}

export interface Question {
  system: string;
  user: string;
  /** Asks for JSON of this schema; without it the answer is plain text. */
  schema?: Schema;
}

export interface Reply {
  text: string;
  usage: Usage;
  tookMs: number;
}

/** A small model on the user's own machine may need this long. */
const TIMEOUT_MS = 30_000;
/** An assessment has a few hundred bytes, so a larger answer is not one. */
const MAX_ANSWER_BYTES = 200_000;

/** Ways to ask for JSON. Servers that do not support the first often support the second. */
type ResponseFormat = "json_schema" | "json_object";
const formatByModel = new Map<string, ResponseFormat>();

/**
 * Asks the user's provider: `POST {base}/chat/completions` with two headers, without cookies and referrer, and without
 * following redirects, which would pass the key on.
 *
 * @throws ProviderError, or AbortError once `signal` is aborted
 */
export async function askProvider(
  provider: Provider,
  question: Question,
  signal: AbortSignal,
): Promise<Reply> {
  if (!isOriginAllowed(provider.origin)) throw new ProviderError("not_allowed");
  if (isOverLimit(provider, refreshSpend())) throw new ProviderError("cap");
  const known = `${provider.baseUrl} ${provider.model}`;
  const form = formatByModel.get(known) ?? "json_schema";
  try {
    return await askOnce(provider, question, form, signal);
  } catch (error) {
    const misunderstood = error instanceof ProviderError && error.code === "not_understood";
    if (!misunderstood || !question.schema || form === "json_object") throw error;
    const reply = await askOnce(provider, question, "json_object", signal);
    formatByModel.set(known, "json_object");
    return reply;
  }
}

async function askOnce(provider: Provider, question: Question, form: ResponseFormat, signal: AbortSignal) {
  const started = performance.now();
  const body = JSON.stringify(bodyOf(provider.model, question, form));
  const oversize = new AbortController();
  const anySignal = AbortSignal.any([signal, oversize.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const text = await send(provider, body, anySignal, () => oversize.abort()).catch((error: unknown) => {
    // The provider may charge for a request that was aborted midway.
    if (anySignal.aborted) recordUsage(estimateUsage(body, ""), provider);
    throw error;
  });
  const answer = readAnswer(text);
  const usage = answer.usage ?? estimateUsage(body, answer.content ?? "");
  recordUsage(usage, provider);
  if (answer.content === null) throw new ProviderError(answer.errorCode);
  return { text: answer.content, usage, tookMs: performance.now() - started };
}

function bodyOf(model: string, { system, user, schema }: Question, form: ResponseFormat) {
  const instructions =
    schema && form === "json_object" ? `${system}\nThe schema: ${JSON.stringify(schema)}` : system;
  const messages = [
    { role: "system", content: instructions },
    { role: "user", content: user },
  ];
  if (!schema) return { model, messages };
  const strict = { type: "json_schema", json_schema: { name: "assessment", strict: true, schema } };
  return { model, messages, response_format: form === "json_schema" ? strict : { type: form } };
}

async function send(
  provider: Provider,
  body: string,
  signal: AbortSignal,
  abort: () => void,
): Promise<string> {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (provider.key) headers.Authorization = `Bearer ${provider.key}`;
  const init: RequestInit = { method: "POST", headers, body, signal, ...ISOLATED_REQUEST };
  try {
    const response = await recordedFetch(`${provider.baseUrl}/chat/completions`, init, "own_provider");
    if (!response.ok) {
      void response.body?.cancel();
      throw new ProviderError(errorCodeOf(response.status), response.status);
    }
    return await readBounded(response, abort);
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    if (error instanceof DOMException && error.name === "TimeoutError") throw new ProviderError("timeout");
    if (signal.aborted) throw error;
    throw new ProviderError(await whyUnreachable(provider));
  }
}

/** Reads the text of an answer, up to `MAX_ANSWER_BYTES`. */
async function readBounded(response: Response, abort: () => void): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let [text, size] = ["", 0];
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
    size += piece.value.byteLength;
    if (size > MAX_ANSWER_BYTES) {
      abort();
      throw new ProviderError("not_json");
    }
    text += decoder.decode(piece.value, { stream: true });
  }
  return text + decoder.decode();
}

const ISOLATED_REQUEST = {
  mode: "cors",
  credentials: "omit",
  referrerPolicy: "no-referrer",
  redirect: "error",
  cache: "no-store",
} as const satisfies RequestInit;

/** Finds out why a request failed, which the browser hides: sends a probe without key and text to the provider. */
async function whyUnreachable({ baseUrl }: Provider): Promise<"cross_origin" | "unreachable"> {
  try {
    const probe = {
      ...ISOLATED_REQUEST,
      mode: "no-cors",
      redirect: "follow",
      signal: AbortSignal.timeout(3000),
    } as const;
    await recordedFetch(`${baseUrl}/models`, probe, "own_provider");
    return "cross_origin";
  } catch {
    return "unreachable";
  }
}
