import { computed, effect, signal } from "@preact/signals";
import { readStored } from "../../platform/browser/safe-storage";
import { user } from "../../platform/state/session";
import { type Address, isOriginAllowed, parseAddress } from "./provider-origins";

/** How long the key is kept: until the page is closed or reloaded, until the tab is closed, or until it is removed. */
export type KeyRetention = "memory" | "session" | "device";

/** A key and the only origin that it may be sent to. */
interface StoredKey {
  key: string;
  origin: string;
}

const KEY_SLOT = "ottit.ownkey.key";
const NONE: StoredKey = { key: "", origin: "" };

const foundKey = storedKey();
const secret = signal<StoredKey>(foundKey.secret);

export const keyRetention = signal<KeyRetention>(foundKey.keep);

/** Returns the key for this origin; empty if there is none, or only one for another origin. */
export function keyFor(origin: string): string {
  return secret.value.origin === origin ? secret.value.key : "";
}

export function hasKey(): boolean {
  return secret.value.key !== "";
}

/** Sets the key and stores it only where the user chose. */
export function setKey(next: StoredKey, retention: KeyRetention): void {
  forgetKey();
  secret.value = { ...next, key: next.key.trim() };
  keyRetention.value = retention;
  if (retention === "session") sessionStorage.setItem(KEY_SLOT, JSON.stringify(secret.value));
  if (retention === "device") localStorage.setItem(KEY_SLOT, JSON.stringify(secret.value));
}

export function forgetKey(): void {
  secret.value = NONE;
  sessionStorage.removeItem(KEY_SLOT);
  localStorage.removeItem(KEY_SLOT);
}

/** The user who may have set the key; null for a visitor. */
let keyUser: string | null = null;

// The next user of this browser must not spend the money of the one who has left.
effect(() => {
  const id = user.value?.id ?? null;
  if (keyUser !== null && id !== keyUser && keyRetention.peek() !== "device") forgetKey();
  keyUser = id;
});

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

/** The provider's address, model, prices and limits; without the key. */
export interface ProviderSetup {
  address: string;
  model: string;
  /** Per million tokens, in the user's currency; null if unknown. */
  inputPrice: number | null;
  outputPrice: number | null;
  /** Daily limits. */
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

/** Everything that a request needs; null while something is missing. A server on this machine needs no key. */
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
