import { signal } from "@preact/signals";

/** What stands in the search field right now; null: what the address says. */
export const typed = signal<string | null>(null);
