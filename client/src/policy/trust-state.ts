import { keyId, type TrustedKey } from "./trusted-keys";

/** The last policy that this browser accepted; `after`: position in the log of the last accepted switch. */
export interface SeenPolicy {
  name: string;
  version: number;
  digest: string;
  after: number;
}

/** The keys that this browser trusts, and the last policy that it accepted. */
export interface TrustState {
  keys: readonly TrustedKey[];
  seen: SeenPolicy | null;
}

/** The ids of the key that this browser trusts and of the key that the page came with. */
export interface ReplacedKey {
  known: string;
  offered: string;
}

const SLOT = "ottit.policy";

/** Keeps the trust state on this device. On the first visit the page's own keys are trusted. */
export class TrustStore {
  /** Used if the browser stores nothing, until the page closes. */
  private unsaved: TrustState | null = null;

  /** @param pageKeys the keys that the page came with */
  constructor(
    private readonly storage: Pick<Storage, "getItem" | "setItem">,
    private readonly pageKeys: () => readonly TrustedKey[],
  ) {}

  state(): TrustState {
    return this.stored() ?? { keys: this.pageKeys(), seen: null };
  }

  save(state: TrustState): void {
    this.unsaved = state;
    try {
      this.storage.setItem(SLOT, JSON.stringify(state));
    } catch {
      // A browser that stores nothing starts each page from the page's keys.
    }
  }

  /** @returns null if the page came with the trusted key, or with none */
  async replacedKey(): Promise<ReplacedKey | null> {
    const [known, offered] = [newest(this.state().keys), newest(this.pageKeys())];
    if (!known || !offered || known.public_key === offered.public_key) return null;
    return { known: await keyId(known.public_key), offered: await keyId(offered.public_key) };
  }

  /** Trusts the page's keys and forgets everything before, as on a first visit. Only the user may ask for this. */
  trustPageKeys(): void {
    this.save({ keys: this.pageKeys(), seen: null });
  }

  private stored(): TrustState | null {
    const found = this.read() ?? this.unsaved;
    return found && Array.isArray(found.keys) && found.keys.length > 0 ? found : null;
  }

  private read(): TrustState | null {
    try {
      return JSON.parse(this.storage.getItem(SLOT) ?? "null") as TrustState | null;
    } catch {
      return null;
    }
  }
}

function newest(keys: readonly TrustedKey[]): TrustedKey | undefined {
  return keys.find(({ first }) => first === null);
}
