import { BASE_PATH } from "../../platform/browser/base-path";

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
/** Private addresses (RFC 1918) and names that only exist in a local network. */
const LOCAL_NETWORK =
  `(?:10\\.${OCTET}|172\\.(?:1[6-9]|2[0-9]|3[01])|192\\.168)\\.${OCTET}\\.${OCTET}` +
  `|${LABEL}(?:\\.${LABEL})*\\.(?:local|lan|internal|home\\.arpa)`;
/** Allowed origins of providers: HTTPS anywhere, HTTP here and in the local network. The gateway checks the same. */
const ORIGIN = new RegExp(
  `^(?:https://${LABEL}(?:\\.${LABEL})+|http://(?:localhost|127\\.0\\.0\\.1|${LOCAL_NETWORK}))(?::[1-9][0-9]{0,4})?$`,
);
const THIS_COMPUTER = /^http:\/\/(?:localhost|127\.0\.0\.1)(?::|$)/;

/** Base addresses of common servers, for the form. None is contacted before the user allows it. */
export const KNOWN_PROVIDERS: readonly [name: string, baseUrl: string, model: string][] = [
  ["OpenAI", "https://api.openai.com/v1", "gpt-5-mini"],
  ["OpenRouter", "https://openrouter.ai/api/v1", "openai/gpt-5-mini"],
  ["Ollama", "http://localhost:11434/v1", "llama3.2"],
  ["LM Studio", "http://localhost:1234/v1", ""],
  ["vLLM", "http://localhost:8000/v1", ""],
];

export interface Address {
  origin: string;
  /** Without a trailing slash. */
  baseUrl: string;
}

/** Returns true for a server elsewhere that is reached without encryption. */
export function isUnencrypted({ origin }: Address): boolean {
  return origin.startsWith("http://") && !THIS_COMPUTER.test(origin);
}

/** Parses a typed address; returns null if it is invalid or not allowed. */
export function parseAddress(typed: string): Address | null {
  const url = URL.canParse(typed.trim()) ? new URL(typed.trim()) : null;
  if (!url || url.origin.length > LONGEST_ORIGIN || !ORIGIN.test(url.origin)) return null;
  if (url.username || url.password || url.search || url.hash) return null;
  return { origin: url.origin, baseUrl: url.origin + url.pathname.replace(/\/+$/, "") };
}

/**
 * The cookie with the origins that the page may connect to besides its own. The gateway reads it to build the content
 * security policy header, so a change takes a reload.
 */
const COOKIE = `${isHttps() ? "__Host-" : ""}ottit_providers`;
/** The gateway's limits. */
const MAX_ORIGINS = 4;
const LONGEST_ORIGIN = 200;
const YEAR_S = 31_536_000;

/** The origins that the content security policy of the open page allows. */
const atLoad = allowedOrigins();

export function allowedOrigins(): string[] {
  const pair = document.cookie.split("; ").find((part) => part.startsWith(`${COOKIE}=`));
  const value = pair?.slice(COOKIE.length + 1) ?? "";
  return value ? value.split("|").map(decodeURIComponent) : [];
}

/** Returns true if this page can send requests to the origin. */
export function isOriginAllowed(origin: string): boolean {
  return origin === window.location.origin || atLoad.includes(origin);
}

/** Allows one more origin after the next reload. The oldest one is dropped if there are too many. */
export function allowOrigin(origin: string): void {
  const others = allowedOrigins().filter((known) => known !== origin);
  write([...others.slice(-(MAX_ORIGINS - 1)), origin]);
}

/** Allows no other origin after the next reload. */
export function disallowAllOrigins(): void {
  write([]);
}

function write(origins: readonly string[]): void {
  const value = origins.map(encodeURIComponent).join("|");
  // The prefix lets no other host set the cookie; it demands this path (RFC 6265bis, 4.1.3.2).
  const place = isHttps() ? "Path=/; Secure" : `Path=${BASE_PATH}/`;
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not there on plain HTTP.
  document.cookie = `${COOKIE}=${value}; ${place}; SameSite=Strict; Max-Age=${value ? YEAR_S : 0}`;
}

function isHttps(): boolean {
  return window.location.protocol === "https:";
}
