import { recordedFetch } from "../../platform/api/request-log";
import { asFields, readJson } from "./assessment-text";
import { readAnswer } from "./completion-response";
import { estimateUsage, isOverLimit, recordUsage, refreshSpend, type Usage } from "./daily-spend";
import { errorCodeOf, ProviderError } from "./provider-error";
import { isOriginAllowed } from "./provider-origins";
import type { Provider } from "./provider-setup";
import {
  bodyOf,
  FIRST_FORM,
  nextForm,
  type Question,
  REFUSES_PARAMETER,
  type RequestForm,
} from "./request-form";

export interface Reply {
  text: string;
  usage: Usage;
  tookMs: number;
}

/** A small model on the user's own machine may need this long. */
const TIMEOUT_MS = 30_000;
/** An assessment has a few hundred bytes, so a larger answer is not one. */
const MAX_ANSWER_BYTES = 200_000;

/** The form that a model has accepted, by address and model, for this page. */
const formByModel = new Map<string, RequestForm>();

/**
 * Asks the user's provider: `POST {base}/chat/completions` with two headers, without cookies and referrer, and without
 * following redirects, which would pass key and text on. A server that does not know a parameter is asked without it.
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
  const accepted = formByModel.get(known);
  let form = accepted ?? FIRST_FORM;
  for (;;) {
    try {
      const reply = await askOnce(provider, question, form, signal);
      if (question.schema) formByModel.set(known, form);
      return reply;
    } catch (error) {
      const isRefused = error instanceof ProviderError && REFUSES_PARAMETER.has(error.status);
      const next = isRefused && question.schema ? nextForm(form, error.sentence, !accepted) : null;
      if (!next) throw error;
      form = next;
    }
  }
}

async function askOnce(provider: Provider, question: Question, form: RequestForm, signal: AbortSignal) {
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
  return { text: answer.content.trim(), usage, tookMs: performance.now() - started };
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
    const address = `${provider.baseUrl}/chat/completions`;
    let response = await recordedFetch(address, init, "own_provider");
    // Some servers send on to the same address with a slash. Where else to, the browser does not tell.
    if (response.type === "opaqueredirect")
      response = await recordedFetch(`${address}/`, init, "own_provider");
    if (response.type === "opaqueredirect") throw new ProviderError("redirected");
    if (!response.ok) {
      const sentence = sentenceIn(await readBounded(response, abort));
      throw new ProviderError(errorCodeOf(response.status), response.status, sentence);
    }
    return await readBounded(response, abort);
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    if (error instanceof DOMException && error.name === "TimeoutError") throw new ProviderError("timeout");
    if (signal.aborted) throw error;
    throw new ProviderError(await whyUnreachable(provider));
  }
}

/** Returns the message of an error response; servers send an object or a text. */
function sentenceIn(text: string): string {
  const error = asFields(readJson(text))?.error;
  const message = asFields(error)?.message ?? error;
  return typeof message === "string" ? message : "";
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
  redirect: "manual",
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
