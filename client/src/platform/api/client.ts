import type { Span } from "../telemetry/span";
import { ApiProblem, problemFrom, unreachable, unreadable } from "./api-problem";
import { noteResponse } from "./connectivity";
import { recordedFetch } from "./request-log";

export type Query = Record<string, string | number | undefined>;

export interface Call {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown;
  query?: Query;
  signal?: AbortSignal;
  /** Completes the request even when the page is closed. */
  keepalive?: boolean;
  /** The user action that this request belongs to: the server continues its trace. */
  parent?: Span;
}

/**
 * Calls the API with the session cookie, the CSRF header on writes, and the trace of the action.
 * The path type keeps `traceparent` on this origin.
 *
 * @throws ApiProblem when the request fails or no answer comes
 */
export async function api<Answer>(path: `/v1/${string}`, call: Call = {}): Promise<Answer> {
  const response = await send(path, call);
  call.parent?.set("http.response.status_code", response.status);
  if (!response.ok) throw await problemFrom(response);
  return (response.status === 204 ? undefined : await read(response)) as Answer;
}

/** Reads a JSON body. A proxy may cut an answer off, or answer in the server's place. */
async function read(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    if (isAbort(error)) throw error;
    throw unreadable();
  }
}

async function send(path: string, call: Call): Promise<Response> {
  const method = call.method ?? "GET";
  const init: RequestInit = { method, credentials: "same-origin", headers: headers(method, call) };
  if (call.body !== undefined) init.body = JSON.stringify(call.body);
  if (call.signal) init.signal = call.signal;
  if (call.keepalive) init.keepalive = true;
  try {
    const response = await recordedFetch(path + queryString(call.query), init);
    noteResponse(response.status);
    return response;
  } catch (error) {
    if (isAbort(error)) throw error;
    noteResponse(0);
    throw unreachable();
  }
}

function headers(method: string, call: Call): Record<string, string> {
  const result: Record<string, string> = { Accept: "application/json" };
  if (call.parent) result.traceparent = call.parent.traceparent;
  if (call.body !== undefined) result["Content-Type"] = "application/json";
  if (method !== "GET" && csrfToken()) result["X-CSRF-Token"] = csrfToken();
  return result;
}

function queryString(query: Query = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  if (pairs.length === 0) return "";
  return `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}`;
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

export function isProblem(error: unknown, code?: string): error is ApiProblem {
  return error instanceof ApiProblem && (code === undefined || error.code === code);
}

/** The CSRF token of this session. The session itself is an HttpOnly cookie that no script can read. */
let csrf = "";

export function csrfToken(): string {
  return csrf;
}

export function setCsrfToken(token: string): void {
  csrf = token;
}

/** Sends spans. Not through `api`: a failure says nothing about the session or the connection. */
export function sendTraces(traces: unknown): Promise<Response> {
  return recordedFetch("/v1/telemetry/traces", {
    method: "POST",
    credentials: "same-origin",
    keepalive: true,
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrfToken() },
    body: JSON.stringify(traces),
  });
}
