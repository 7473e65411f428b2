/** Where a provider may be: HTTPS anywhere, HTTP on this machine only. The gateway checks the same before it believes. */
const ORIGIN =
  /^(https:\/\/[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+|http:\/\/(localhost|127\.0\.0\.1))(:[1-9][0-9]{0,4})?$/;

/** Base addresses of widely used servers, for the form. None is asked before the person allows it. */
export const KNOWN: readonly [name: string, baseUrl: string, model: string][] = [
  ["OpenAI", "https://api.openai.com/v1", "gpt-5-mini"],
  ["OpenRouter", "https://openrouter.ai/api/v1", "openai/gpt-5-mini"],
  ["Ollama on this machine", "http://localhost:11434/v1", "llama3.2"],
  ["LM Studio on this machine", "http://localhost:1234/v1", ""],
  ["vLLM on this machine", "http://localhost:8000/v1", ""],
];

export interface Address {
  origin: string;
  /** Without a slash at its end: the paths of the API follow. */
  baseUrl: string;
}

/** Reads what somebody typed; null where it is no address that may be asked. */
export function parseAddress(typed: string): Address | null {
  const url = URL.canParse(typed.trim()) ? new URL(typed.trim()) : null;
  if (!url || !ORIGIN.test(url.origin)) return null;
  if (url.username || url.password || url.search || url.hash) return null;
  return { origin: url.origin, baseUrl: url.origin + url.pathname.replace(/\/+$/, "") };
}
