import { hex } from "../hex";
import { BundleRefused } from "./refusal";

/** Ed25519 with the browser's own cryptography: the same keys and texts as `shared/policy/signing.py`. */
const ED25519 = { name: "Ed25519" };
/** 64 bits name a key among the handful that an installation ever has. */
const KEY_ID_BYTES = 8;

/**
 * Whether exactly this text is signed with this key.
 *
 * @throws BundleRefused where this browser cannot tell
 */
export async function isSigned(text: string, signature: string, publicKey: string): Promise<boolean> {
  const [data, proof] = [new TextEncoder().encode(text), bytes(signature)];
  // The encoder writes half a surrogate pair as another character: such a text was never signed.
  if (!proof || new TextDecoder("utf-8", { ignoreBOM: true }).decode(data) !== text) return false;
  const key = await imported(publicKey);
  return crypto.subtle.verify(ED25519, key, proof, data);
}

/** The name of a public key: the beginning of its sha256. */
export async function keyId(publicKey: string): Promise<string> {
  const digest = await subtle().digest("SHA-256", bytes(publicKey) ?? new Uint8Array());
  return hex(new Uint8Array(digest).subarray(0, KEY_ID_BYTES));
}

async function imported(publicKey: string): Promise<CryptoKey> {
  const raw = bytes(publicKey);
  if (!raw) throw new BundleRefused("damaged");
  try {
    return await subtle().importKey("raw", raw, ED25519, false, ["verify"]);
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotSupportedError") {
      throw new BundleRefused("no_crypto");
    }
    throw error;
  }
}

function subtle(): SubtleCrypto {
  // Absent where the page came over plain HTTP from another machine.
  const found = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (!found) throw new BundleRefused("no_crypto");
  return found;
}

function bytes(base64url: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[\w-]+$/.test(base64url)) return null;
  try {
    const binary = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(binary, (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}
