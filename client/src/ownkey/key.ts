import { signal } from "@preact/signals";

/** How long the key stays: until this page is closed or loaded again, until this tab is closed, or until it is removed. */
export type Keep = "memory" | "session" | "device";

const SLOT = "ottit.ownkey.key";

const found = stored();
/** The key itself; empty where there is none. */
const secret = signal(found.key);

export const keep = signal<Keep>(found.keep);

export function key(): string {
  return secret.value;
}

/** Takes a key and keeps it where the person said, and nowhere else. */
export function setKey(next: string, where: Keep): void {
  forgetKey();
  secret.value = next.trim();
  keep.value = where;
  if (where === "session") sessionStorage.setItem(SLOT, secret.value);
  if (where === "device") localStorage.setItem(SLOT, secret.value);
}

export function forgetKey(): void {
  secret.value = "";
  sessionStorage.removeItem(SLOT);
  localStorage.removeItem(SLOT);
}

function stored(): { key: string; keep: Keep } {
  const session = sessionStorage.getItem(SLOT);
  const device = localStorage.getItem(SLOT);
  if (session !== null) return { key: session, keep: "session" };
  return { key: device ?? "", keep: device === null ? "memory" : "device" };
}
