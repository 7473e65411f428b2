/** Where a provider may be: HTTPS anywhere, HTTP on this machine only. The gateway checks the same before it believes. */
const ORIGIN =
  /^(https:\/\/[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+|http:\/\/(localhost|127\.0\.0\.1))(:[1-9][0-9]{0,4})?$/;

/** Base addresses of widely used servers, for the form. None is asked before the person allows it. */
export const KNOWN_PROVIDERS: readonly [name: string, baseUrl: string, model: string][] = [
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

/**
 * The origins that this browser may talk to besides ours. The page's security policy is a header, so the gateway has
 * to know them: it reads them from this cookie, and a change takes a reload.
 */
const COOKIE = "ottit_providers";
/** The gateway takes no more. */
const MOST = 4;
const YEAR_S = 31_536_000;

/** What the policy of the page that is open has in it. */
const atLoad = allowedOrigins();

export function allowedOrigins(): string[] {
  const pair = document.cookie.split("; ").find((part) => part.startsWith(`${COOKIE}=`));
  const value = pair?.slice(COOKIE.length + 1) ?? "";
  return value ? value.split("|").map(decodeURIComponent) : [];
}

/** Whether requests to this origin get out of this page. */
export function isOriginAllowed(origin: string): boolean {
  return origin === window.location.origin || atLoad.includes(origin);
}

/** Allows one more origin, in the place of the oldest if there are too many; a reload makes it true. */
export function allowOrigin(origin: string): void {
  const others = allowedOrigins().filter((known) => known !== origin);
  write([...others.slice(-(MOST - 1)), origin]);
}

/** This page talks to nobody else any more, once it is loaded again. */
export function disallowAllOrigins(): void {
  write([]);
}

function write(origins: readonly string[]): void {
  const value = origins.map(encodeURIComponent).join("|");
  const secure = window.location.protocol === "https:" ? "; Secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not there on plain HTTP.
  document.cookie = `${COOKIE}=${value}; Path=/; SameSite=Strict; Max-Age=${value ? YEAR_S : 0}${secure}`;
}
