import { hex } from "../hex";

/**
 * What the server trims from a title: the characters of Unicode's property White_Space. `String.trim` differs in
 * two of them (U+0085 and U+FEFF), and one character more is another hash.
 */
const AROUND =
  /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/gu;

/** Title and body as the server writes them down (`Content.canonical` in shared/content.py): the same characters. */
function canonical(title: string, body: string): string {
  return JSON.stringify([title.replace(AROUND, ""), body]);
}

/**
 * Names a text without telling it: SHA-256 of the preview's id, a line break and the text, as hexadecimal. The id is
 * the salt, so equal texts have different names (`salted_hash` in shared/previews.py).
 *
 * @returns null where the browser has no Web Crypto (plain HTTP on another machine)
 */
export async function saltedHash(previewId: string, title: string, body: string): Promise<string | null> {
  if (!globalThis.crypto?.subtle) return null;
  const bytes = new TextEncoder().encode(`${previewId}\n${canonical(title, body)}`);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return hex(new Uint8Array(digest));
}
