import { signal } from "@preact/signals";
import { api } from "../api/api";
import type { Capabilities } from "../api/types";

/** The names of what this person may do, from the one table. It decides what is shown, never what is done. */
const allowed = signal<ReadonlySet<string>>(new Set());

/** What the server lets whoever is here do. */
export async function readCapabilities(): Promise<ReadonlySet<string>> {
  const table = await api<Capabilities>("/v1/capabilities");
  return new Set(table.items.filter((row) => row.allowed).map((row) => row.name));
}

export function allow(names: ReadonlySet<string>): void {
  allowed.value = names;
}

export function can(name: string): boolean {
  return allowed.value.has(name);
}
