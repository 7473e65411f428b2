import { signal } from "@preact/signals";

/** `refused`: the server's pack is in a format that this page does not read. `mismatch`: its vectors are of another model. */
export type QuickTrouble = "refused" | "mismatch";

export const quickTrouble = signal<QuickTrouble | null>(null);

export const TROUBLE_WORDS: Record<QuickTrouble, string> = {
  refused: "This page is older than the server: reload it to search on this device again.",
  mismatch: "The posts on this device belong to another model: it finds by words only until both match.",
};
