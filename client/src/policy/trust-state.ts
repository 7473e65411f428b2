import { readStored } from "../platform/browser/storage";
import type { Belief } from "./bundle";
import { keyId, type TrustedKey } from "./trusted-keys";

/** What this browser has believed before: the keys of its first visit, and the last policy. */
const SLOT = "ottit.policy";

/** What is believed now: what was believed before; on the first visit, the keys that the page came with. */
export function belief(): Belief {
  return stored() ?? { keys: pageKeys(), seen: null };
}

/** Keeps what is believed; where nothing can be kept, until the page closes. */
export function believe(now: Belief): void {
  held = now;
  try {
    localStorage.setItem(SLOT, JSON.stringify(now));
  } catch {
    // A browser that keeps nothing begins anew with each page, from the page's keys.
  }
}

/** The names of two keys: the one that this browser knows, and the one that the page came with. */
export interface ReplacedKey {
  known: string;
  offered: string;
}

/** Whether this page came with another key than the one that is believed; null where it is the same, or has none. */
export async function replacedKey(): Promise<ReplacedKey | null> {
  const [known, offered] = [newest(belief().keys), newest(pageKeys())];
  if (!known || !offered || known.public_key === offered.public_key) return null;
  return { known: await keyId(known.public_key), offered: await keyId(offered.public_key) };
}

/** Believes the page's keys and nothing from before, as on a first visit. Only a person's own word is reason enough. */
export function believeAnew(): void {
  believe({ keys: pageKeys(), seen: null });
}

let held: Belief | null = null;

function stored(): Belief | null {
  const found = (readStored(SLOT) as Belief | null) ?? held;
  return found && Array.isArray(found.keys) && found.keys.length > 0 ? found : null;
}

function newest(keys: readonly TrustedKey[]): TrustedKey | undefined {
  return keys.find(({ first }) => first === null);
}

function pageKeys(): readonly TrustedKey[] {
  const text = document.querySelector<HTMLMetaElement>('meta[name="ottit-policy-keys"]')?.content;
  try {
    return text ? (JSON.parse(text) as TrustedKey[]) : [];
  } catch {
    return [];
  }
}
