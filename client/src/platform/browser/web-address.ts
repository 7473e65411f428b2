import { FOREIGN } from "../../policy/confusables";

/** An address on the web that somebody wrote, and how it is shown to others. */
export interface WebAddress {
  /** The target, without a user name and a password: they only make it look like another one. */
  href: string;
  /** The host as the browser connects to it: lower case, in Punycode. */
  hostname: string;
  /** The host for people: in its own script, or in Punycode if readers could take it for another host. */
  shownHost: string;
  /** The address for people, without its scheme. */
  text: string;
}

const AUTHORITY = /^https?:\/\/(?<authority>[^/?#\\]*)/i;

/** Reads an address with the scheme http or https. Anything else, such as `javascript:`, is null. */
export function readAddress(written: string): WebAddress | null {
  const authority = AUTHORITY.exec(written)?.groups?.authority;
  if (!authority || !URL.canParse(written)) return null;
  const url = new URL(written);
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  const hasCredentials = authority.includes("@");
  url.username = "";
  url.password = "";
  const shownHost = hostForPeople(authority.slice(authority.lastIndexOf("@") + 1), url);
  const rest = written.slice(written.indexOf(authority) + authority.length);
  return {
    href: hasCredentials ? url.href : written,
    hostname: url.hostname,
    shownHost,
    text: withoutWww(shownHost) + rest,
  };
}

/** Names of hosts in a text, also with characters that only look like a full stop, and with spaces around it. */
const HOST = /(?<![\p{L}\p{N}_.-]|[\p{L}\p{N}]\/)(?:[\p{L}\p{N}_-]+\.)+(?:[\p{L}\p{N}-]{2,}|\d)/gu;
const LOOKS_LIKE_FULL_STOP = /\s*[.\u00b7\u0701\u0702\u2024\u2027\u2e31\u3002\ua4f8\uff0e\uff61]\s*/gu;
const UNSEEN = /[\p{Cf}\p{Mn}*_`]/gu;

/** Returns true if a text names, or seems to name, another host than `hostname`. */
export function namesAnotherHost(text: string, hostname: string): boolean {
  const read = text.normalize("NFKC").replace(UNSEEN, "").replace(LOOKS_LIKE_FULL_STOP, ".");
  const hosts = hostsIn(read);
  const seemsAddress = hosts.length === 0 && /\/\/|@/.test(read);
  return seemsAddress || hosts.some((host) => withoutWww(host) !== withoutWww(hostname));
}

function hostsIn(text: string): string[] {
  return Array.from(text.matchAll(HOST), ([host]) =>
    URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : host,
  );
}

function withoutWww(host: string): string {
  return host.replace(/^www\./i, "");
}

function hostForPeople(written: string, url: URL): string {
  const host = written.normalize("NFKC").toLowerCase();
  const isSame = URL.canParse(`http://${host}`) && new URL(`http://${host}`).hostname === url.hostname;
  return isSame && url.hostname.includes("xn--") && host.split(/[.:]/).every(isInOneScript) ? host : url.host;
}

/** Scripts of which one fills a whole label. Japanese and Korean are written in several. */
const SCRIPTS = [
  ...["Arabic", "Armenian", "Bengali", "Cyrillic", "Devanagari", "Ethiopic", "Georgian", "Greek", "Gujarati"],
  ...["Gurmukhi", "Hebrew", "Kannada", "Khmer", "Lao", "Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil"],
  ...["Telugu", "Thai", "Tibetan"],
].map((script) => new RegExp(`^[\\p{Script=${script}}\\p{Mn}0-9-]+$`, "u"));
const EAST_ASIAN = [
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー0-9-]+$/u,
  /^[\p{Script=Han}\p{Script=Hangul}0-9-]+$/u,
];
/** Latin with accents, and the letters of European languages that no one takes for another one. */
const LATIN = /^[a-z0-9ßæœøåđðþłŋ-]+$/u;

/** Returns a letter without the accents that it is one character with. */
function withoutAccent(letter: string): string {
  return letter.normalize("NFD").replace(/(?<=.)[\u0300-\u036f]+$/u, "");
}

/** Follows Unicode's "single script" rule (UTS 39, section 5) and refuses words made of look-alikes of Latin only. */
function isInOneScript(label: string): boolean {
  if (LATIN.test(Array.from(label, withoutAccent).join(""))) return true;
  const letters = Array.from(label.replace(/[0-9-]/g, ""));
  if (letters.every((letter) => FOREIGN.has(letter))) return false;
  return [...SCRIPTS, ...EAST_ASIAN].some((script) => script.test(label));
}
