import { computed, signal } from "@preact/signals";
import { readStored } from "../../platform/browser/storage";
import { type Address, isOriginAllowed, parseAddress } from "./provider-address";

/** How long the key stays: until this page is closed or loaded again, until this tab is closed, or until it is removed. */
export type KeyRetention = "memory" | "session" | "device";

/** A key, and the one origin that it was given for. */
interface StoredKey {
  key: string;
  origin: string;
}

const KEY_SLOT = "ottit.ownkey.key";
const NONE: StoredKey = { key: "", origin: "" };

const foundKey = storedKey();
const secret = signal<StoredKey>(foundKey.secret);

export const keyRetention = signal<KeyRetention>(foundKey.keep);

/** The key for this origin; empty where there is none, or where it was given for another one. */
export function keyFor(origin: string): string {
  return secret.value.origin === origin ? secret.value.key : "";
}

export function hasKey(): boolean {
  return secret.value.key !== "";
}

/** Takes a key and keeps it where the person said, and nowhere else. */
export function setKey(next: StoredKey, where: KeyRetention): void {
  forgetKey();
  secret.value = { ...next, key: next.key.trim() };
  keyRetention.value = where;
  if (where === "session") sessionStorage.setItem(KEY_SLOT, JSON.stringify(secret.value));
  if (where === "device") localStorage.setItem(KEY_SLOT, JSON.stringify(secret.value));
}

export function forgetKey(): void {
  secret.value = NONE;
  sessionStorage.removeItem(KEY_SLOT);
  localStorage.removeItem(KEY_SLOT);
}

function storedKey(): { secret: StoredKey; keep: KeyRetention } {
  const session = readKey(sessionStorage);
  const device = readKey(localStorage);
  if (session) return { secret: session, keep: "session" };
  return { secret: device ?? NONE, keep: device ? "device" : "memory" };
}

function readKey(storage: Storage): StoredKey | null {
  const { key, origin } = (readStored(KEY_SLOT, storage) ?? {}) as Partial<StoredKey>;
  return typeof key === "string" && typeof origin === "string" ? { key, origin } : null;
}

/** Which provider is asked, for which model, at which price. The key is not part of it. */
export interface ProviderSetup {
  address: string;
  model: string;
  /** Per million tokens, in whatever currency the person thinks; null: unknown. */
  inputPrice: number | null;
  outputPrice: number | null;
  /** Where a day ends. */
  capTokens: number;
  capMoney: number | null;
}

const SETUP_SLOT = "ottit.ownkey.setup";
/** About 150 previews of a long post: a day of writing, and a few cents with a small model. */
const CAP_TOKENS = 200_000;
const EMPTY: ProviderSetup = {
  address: "",
  model: "",
  inputPrice: null,
  outputPrice: null,
  capTokens: CAP_TOKENS,
  capMoney: null,
};

export const setup = signal<ProviderSetup>(storedSetup());

export interface Provider extends ProviderSetup, Address {
  key: string;
}

/** Everything that a request needs, or null while something is missing. A server on this machine needs no key. */
export const provider = computed<Provider | null>(() => {
  const address = parseAddress(setup.value.address);
  if (!address || !setup.value.model || !isOriginAllowed(address.origin)) return null;
  const key = keyFor(address.origin);
  return key || isLocal(address) ? { ...setup.value, ...address, key } : null;
});

export function isLocal({ origin }: Address): boolean {
  return origin.startsWith("http://");
}

export function changeSetup(part: Partial<ProviderSetup>): void {
  setup.value = { ...setup.value, ...part };
  localStorage.setItem(SETUP_SLOT, JSON.stringify(setup.value));
}

export function removeSetup(): void {
  setup.value = EMPTY;
  localStorage.removeItem(SETUP_SLOT);
}

function storedSetup(): ProviderSetup {
  const value = readStored(SETUP_SLOT);
  return value !== null && typeof value === "object" ? { ...EMPTY, ...value } : EMPTY;
}
