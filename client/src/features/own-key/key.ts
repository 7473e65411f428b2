import { signal } from "@preact/signals";
import { readStored } from "../../platform/browser/storage";

/** How long the key stays: until this page is closed or loaded again, until this tab is closed, or until it is removed. */
export type Keep = "memory" | "session" | "device";

/** A key, and the one origin that it was given for. */
interface Secret {
  key: string;
  origin: string;
}

const SLOT = "ottit.ownkey.key";
const NONE: Secret = { key: "", origin: "" };

const found = stored();
const secret = signal<Secret>(found.secret);

export const keep = signal<Keep>(found.keep);

/** The key for this origin; empty where there is none, or where it was given for another one. */
export function keyFor(origin: string): string {
  return secret.value.origin === origin ? secret.value.key : "";
}

export function hasKey(): boolean {
  return secret.value.key !== "";
}

/** Takes a key and keeps it where the person said, and nowhere else. */
export function setKey(next: Secret, where: Keep): void {
  forgetKey();
  secret.value = { ...next, key: next.key.trim() };
  keep.value = where;
  if (where === "session") sessionStorage.setItem(SLOT, JSON.stringify(secret.value));
  if (where === "device") localStorage.setItem(SLOT, JSON.stringify(secret.value));
}

export function forgetKey(): void {
  secret.value = NONE;
  sessionStorage.removeItem(SLOT);
  localStorage.removeItem(SLOT);
}

function stored(): { secret: Secret; keep: Keep } {
  const session = read(sessionStorage);
  const device = read(localStorage);
  if (session) return { secret: session, keep: "session" };
  return { secret: device ?? NONE, keep: device ? "device" : "memory" };
}

function read(storage: Storage): Secret | null {
  const { key, origin } = (readStored(SLOT, storage) ?? {}) as Partial<Secret>;
  return typeof key === "string" && typeof origin === "string" ? { key, origin } : null;
}
