import { BundleRefused } from "./bundle-refused";
import type { NewKeyNote, Signed } from "./public-view";

/** A public key. `first`: policy → first version for which a newer key replaces this one (`NewKeyNote`); null for the newest key. */
export interface TrustedKey {
  public_key: string;
  first: Readonly<Record<string, number>> | null;
}

/** The public keys that this browser trusts: the same as `TrustedKeys` of `shared/policy/signing.py`. */
export class TrustedKeys {
  private constructor(private readonly byId: ReadonlyMap<string, TrustedKey>) {}

  static async of(keys: readonly TrustedKey[]): Promise<TrustedKeys> {
    return new TrustedKeys(
      new Map(await Promise.all(keys.map(async (key) => [await keyId(key.public_key), key] as const))),
    );
  }

  get keys(): TrustedKey[] {
    return [...this.byId.values()];
  }

  /** @throws BundleRefused unless one of these keys has signed exactly this text */
  async verify(signed: Signed): Promise<TrustedKey> {
    const key = this.byId.get(signed.key_id);
    if (!key) throw new BundleRefused("unknown_key");
    if (!(await verifySignature(signed.text, signed.signature, key.public_key)))
      throw new BundleRefused("forged");
    return key;
  }

  /** @throws BundleRefused unless the newest key has signed exactly this text */
  async verifyNote(signed: Signed): Promise<void> {
    const key = await this.verify(signed);
    if (key.first !== null) throw new BundleRefused("unknown_key");
  }

  /** Returns the keys extended by the notes in which each newest key names its successor. */
  async withNotes(notes: readonly Signed[]): Promise<TrustedKeys> {
    const newest = this.keys.findIndex(({ first }) => first === null);
    const signed = notes.find((note) => note.key_id === [...this.byId.keys()][newest] && isNewKey(note));
    if (!signed) return this;
    await this.verifyNote(signed);
    const note = JSON.parse(signed.text) as NewKeyNote;
    const old = this.keys.map((key) => ({ ...key, first: key.first ?? note.first }));
    const extended = await TrustedKeys.of([...old, { public_key: note.public_key, first: null }]);
    return extended.withNotes(notes.filter((other) => other !== signed));
  }
}

/** Returns true if the key may sign this version of a policy. */
export function maySign(key: TrustedKey, name: string, version: number): boolean {
  return key.first === null || version < (Object.hasOwn(key.first, name) ? (key.first[name] ?? 1) : 1);
}

function isNewKey(signed: Signed): boolean {
  return signed.text.includes('"note":"new_key"');
}

/** Ed25519 of the Web Crypto API: the same keys and texts as in `shared/policy/signing.py`. */
const ED25519 = { name: "Ed25519" };
/** 64 bits identify one of the few keys that an installation ever has. */
const KEY_ID_BYTES = 8;

/**
 * Returns true if the signature is valid for exactly this text.
 *
 * @throws BundleRefused if this browser cannot verify it
 */
export async function verifySignature(text: string, signature: string, publicKey: string): Promise<boolean> {
  const [data, proof] = [new TextEncoder().encode(text), bytesOf(signature)];
  // The encoder replaces a lone surrogate, so a text with one was never signed.
  if (!proof || new TextDecoder("utf-8", { ignoreBOM: true }).decode(data) !== text) return false;
  const key = await importKey(publicKey);
  return crypto.subtle.verify(ED25519, key, proof, data);
}

/** Returns the id of a public key: the start of its SHA-256, in hexadecimal. */
export async function keyId(publicKey: string): Promise<string> {
  const digest = await subtle().digest("SHA-256", bytesOf(publicKey) ?? new Uint8Array());
  return Array.from(new Uint8Array(digest, 0, KEY_ID_BYTES), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

async function importKey(publicKey: string): Promise<CryptoKey> {
  const raw = bytesOf(publicKey);
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
  // Absent on plain HTTP from another machine.
  const found = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (!found) throw new BundleRefused("no_crypto");
  return found;
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[\w-]+$/.test(base64url)) return null;
  try {
    const binary = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(binary, (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}
