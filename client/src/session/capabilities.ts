import { signal } from "@preact/signals";
import { api } from "../api/api";

interface Row {
  name: string;
  allowed?: boolean;
}

/** The names of what this person may do, from the one table. It decides what is shown, never what is done. */
const allowed = signal<ReadonlySet<string>>(new Set());

export async function loadCapabilities(): Promise<void> {
  const table = await api<{ items: Row[] }>("/v1/capabilities");
  allowed.value = new Set(table.items.filter((row) => row.allowed !== false).map((row) => row.name));
}

export function can(name: string): boolean {
  return allowed.value.has(name);
}
