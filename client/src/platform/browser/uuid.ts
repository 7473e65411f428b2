/**
 * A UUIDv7 (RFC 9562, section 5.7): 48 bits of unix milliseconds, then 74 random bits.
 * Created before a post is submitted, so that a retry refers to the same post.
 */
export function uuid7(now: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let rest = now;
  for (let index = 5; index >= 0; index--) {
    bytes[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return uuidOf(bytes);
}

/** Formats 16 bytes as a UUID. */
export function uuidOf(bytes: Uint8Array): string {
  const digits = hex(bytes);
  const ends = [0, 8, 12, 16, 20, 32];
  return ends
    .slice(1)
    .map((end, part) => digits.slice(ends[part], end))
    .join("-");
}

/** Bytes as lower-case hexadecimal digits, two for each. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
