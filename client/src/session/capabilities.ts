import { signal } from "@preact/signals";
import { api } from "../api/api";
import type { Capabilities } from "../api/types";

/** The names of what this person may do, from the one table. It decides what is shown, never what is done. */
const allowed = signal<ReadonlySet<string>>(new Set());

export async function loadCapabilities(): Promise<void> {
  const table = await api<Capabilities>("/v1/capabilities");
  allowed.value = new Set(table.items.filter((row) => row.allowed).map((row) => row.name));
}

export function can(name: string): boolean {
  return allowed.value.has(name);
}
