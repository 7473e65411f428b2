import type { NewKey, Signed } from "./public-view";
import { BundleRefused } from "./refusal";
import { isSigned, keyId } from "./signatures";

/** A public key, and from which version of a policy on another one counts in its place (`NewKey`). */
export interface TrustedKey {
  public_key: string;
  first: Readonly<Record<string, number>> | null;
}

/** The public keys that are believed: the same as `Keyring` of `shared/policy/signing.py`. */
export class Keyring {
  private constructor(private readonly byId: ReadonlyMap<string, TrustedKey>) {}

  static async of(keys: readonly TrustedKey[]): Promise<Keyring> {
    return new Keyring(
      new Map(await Promise.all(keys.map(async (key) => [await keyId(key.public_key), key] as const))),
    );
  }

  get keys(): TrustedKey[] {
    return [...this.byId.values()];
  }

  /** @throws BundleRefused unless one of these keys has signed exactly this text */
  async check(signed: Signed): Promise<TrustedKey> {
    const key = this.byId.get(signed.key_id);
    if (!key) throw new BundleRefused("unknown_key");
    if (!(await isSigned(signed.text, signed.signature, key.public_key))) throw new BundleRefused("forged");
    return key;
  }

  /** @throws BundleRefused unless the newest key has signed exactly this text */
  async checkNote(signed: Signed): Promise<void> {
    const key = await this.check(signed);
    if (key.first !== null) throw new BundleRefused("unknown_key");
  }

  /** The ring after the notes by which its newest key, and each one after it, names its successor. */
  async withNotes(notes: readonly Signed[]): Promise<Keyring> {
    const newest = this.keys.findIndex(({ first }) => first === null);
    const signed = notes.find((note) => note.key_id === [...this.byId.keys()][newest] && isNewKey(note));
    if (!signed) return this;
    await this.checkNote(signed);
    const note = JSON.parse(signed.text) as NewKey;
    const old = this.keys.map((key) => ({ ...key, first: key.first ?? note.first }));
    const ring = await Keyring.of([...old, { public_key: note.public_key, first: null }]);
    return ring.withNotes(notes.filter((other) => other !== signed));
  }
}

/** Whether a key still counts for this version of a policy. */
export function maySign(key: TrustedKey, name: string, version: number): boolean {
  return key.first === null || version < (Object.hasOwn(key.first, name) ? (key.first[name] ?? 1) : 1);
}

function isNewKey(signed: Signed): boolean {
  return signed.text.includes('"note":"new_key"');
}
