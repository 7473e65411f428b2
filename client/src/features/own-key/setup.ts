import { computed, signal } from "@preact/signals";
import { readStored } from "../../platform/browser/storage";
import { keyFor } from "./key";
import { type Address, isOpen, parseAddress } from "./provider-address";

/** Which provider is asked, for which model, at which price. The key is not part of it. */
export interface Setup {
  address: string;
  model: string;
  /** Per million tokens, in whatever currency the person thinks; null: unknown. */
  inputPrice: number | null;
  outputPrice: number | null;
  /** Where a day ends. */
  capTokens: number;
  capMoney: number | null;
}

const SLOT = "ottit.ownkey.setup";
/** About 150 previews of a long post: a day of writing, and a few cents with a small model. */
const CAP_TOKENS = 200_000;
const EMPTY: Setup = {
  address: "",
  model: "",
  inputPrice: null,
  outputPrice: null,
  capTokens: CAP_TOKENS,
  capMoney: null,
};

export const setup = signal<Setup>(stored());

export interface Provider extends Setup, Address {
  key: string;
}

/** Everything that a request needs, or null while something is missing. A server on this machine needs no key. */
export const provider = computed<Provider | null>(() => {
  const address = parseAddress(setup.value.address);
  if (!address || !setup.value.model || !isOpen(address.origin)) return null;
  const key = keyFor(address.origin);
  return key || isLocal(address) ? { ...setup.value, ...address, key } : null;
});

export function isLocal({ origin }: Address): boolean {
  return origin.startsWith("http://");
}

export function changeSetup(part: Partial<Setup>): void {
  setup.value = { ...setup.value, ...part };
  localStorage.setItem(SLOT, JSON.stringify(setup.value));
}

export function removeSetup(): void {
  setup.value = EMPTY;
  localStorage.removeItem(SLOT);
}

function stored(): Setup {
  const value = readStored(SLOT);
  return value !== null && typeof value === "object" ? { ...EMPTY, ...value } : EMPTY;
}
