import { signal } from "@preact/signals";
import type { Previewer } from "./preview";

/** The rules of this device, once they are here. */
export const previewer = signal<Previewer>(() => null);
