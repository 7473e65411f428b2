import type { Belief } from "./check";
import type { TrustedKey } from "./keyring";

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

let held: Belief | null = null;

function stored(): Belief | null {
  try {
    const text = localStorage.getItem(SLOT);
    const found = text ? (JSON.parse(text) as Belief) : held;
    return found && Array.isArray(found.keys) && found.keys.length > 0 ? found : null;
  } catch {
    return held;
  }
}

function pageKeys(): readonly TrustedKey[] {
  const text = document.querySelector<HTMLMetaElement>('meta[name="ottit-policy-keys"]')?.content;
  try {
    return text ? (JSON.parse(text) as TrustedKey[]) : [];
  } catch {
    return [];
  }
}
