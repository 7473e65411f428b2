import { recordedFetch } from "../../platform/api/request-log";
import { isOpen } from "./provider-address";
import { ProviderProblem, troubleOf } from "./provider-error";
import { readAnswer, type Schema } from "./read-answer";
import type { Provider } from "./setup";
import { atCap, estimateUsage, noteUsage, refreshSpend, type Usage } from "./spend";

export interface Question {
  system: string;
  user: string;
  /** The answer is JSON of this schema; without it the answer is words. */
  schema?: Schema;
}

export interface Reply {
  text: string;
  usage: Usage;
  tookMs: number;
}

/** A preview is worth a few seconds of waiting; a small model on one's own machine may need them all. */
const TIMEOUT_MS = 30_000;
/** A verdict has a few hundred bytes. Whoever sends this much does not answer the question. */
const LONGEST_ANSWER = 200_000;

/** How an answer in JSON is asked for. Servers that do not know the first form often know the second. */
type Form = "json_schema" | "json_object";
const formOf = new Map<string, Form>();

/**
 * Asks the person's provider: `POST {base}/chat/completions`, with two headers and nothing else, no cookies,
 * no referrer, and no redirect that would hand the key on.
 *
 * @throws ProviderProblem, and AbortError when `signal` says that nobody waits any more
 */
export async function ask(provider: Provider, question: Question, signal: AbortSignal): Promise<Reply> {
  if (!isOpen(provider.origin)) throw new ProviderProblem("not_allowed");
  if (atCap(provider, refreshSpend())) throw new ProviderProblem("cap");
  const known = `${provider.baseUrl} ${provider.model}`;
  const form = formOf.get(known) ?? "json_schema";
  try {
    return await askOnce(provider, question, form, signal);
  } catch (error) {
    const misunderstood = error instanceof ProviderProblem && error.trouble === "not_understood";
    if (!misunderstood || !question.schema || form === "json_object") throw error;
    const reply = await askOnce(provider, question, "json_object", signal);
    formOf.set(known, "json_object");
    return reply;
  }
}

async function askOnce(provider: Provider, question: Question, form: Form, signal: AbortSignal) {
  const started = performance.now();
  const body = JSON.stringify(bodyOf(provider.model, question, form));
  const tooLong = new AbortController();
  const both = AbortSignal.any([signal, tooLong.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const text = await send(provider, body, both, () => tooLong.abort()).catch((error: unknown) => {
    // Whoever walks away in the middle has ordered all the same.
    if (both.aborted) noteUsage(estimateUsage(body, ""), provider);
    throw error;
  });
  const answer = readAnswer(text);
  const usage = answer.usage ?? estimateUsage(body, answer.content ?? "");
  noteUsage(usage, provider);
  if (answer.content === null) throw new ProviderProblem(answer.trouble);
  return { text: answer.content, usage, tookMs: performance.now() - started };
}

function bodyOf(model: string, { system, user, schema }: Question, form: Form) {
  const spelled =
    schema && form === "json_object" ? `${system}\nThe schema: ${JSON.stringify(schema)}` : system;
  const messages = [
    { role: "system", content: spelled },
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
  hangUp: () => void,
): Promise<string> {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (provider.key) headers.Authorization = `Bearer ${provider.key}`;
  const init: RequestInit = { method: "POST", headers, body, signal, ...ALONE };
  try {
    const response = await recordedFetch(`${provider.baseUrl}/chat/completions`, init, "Your AI provider");
    if (!response.ok) {
      void response.body?.cancel();
      throw new ProviderProblem(troubleOf(response.status), response.status);
    }
    return await bounded(response, hangUp);
  } catch (error) {
    if (error instanceof ProviderProblem) throw error;
    if (error instanceof DOMException && error.name === "TimeoutError") throw new ProviderProblem("timeout");
    if (signal.aborted) throw error;
    throw new ProviderProblem(await whyUnreachable(provider));
  }
}

/** The text of an answer, read no further than an answer can be long. */
async function bounded(response: Response, hangUp: () => void): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let [text, size] = ["", 0];
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
    size += piece.value.byteLength;
    if (size > LONGEST_ANSWER) {
      hangUp();
      throw new ProviderProblem("not_json");
    }
    text += decoder.decode(piece.value, { stream: true });
  }
  return text + decoder.decode();
}

const ALONE = {
  mode: "cors",
  credentials: "omit",
  referrerPolicy: "no-referrer",
  redirect: "error",
  cache: "no-store",
} as const satisfies RequestInit;

/** The browser does not say why nothing came. A question without key and text, whose answer it hides, tells. */
async function whyUnreachable({ baseUrl }: Provider): Promise<"cross_origin" | "unreachable"> {
  try {
    const probe = {
      ...ALONE,
      mode: "no-cors",
      redirect: "follow",
      signal: AbortSignal.timeout(3000),
    } as const;
    await recordedFetch(`${baseUrl}/models`, probe, "Your AI provider");
    return "cross_origin";
  } catch {
    return "unreachable";
  }
}
