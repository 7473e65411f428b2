import { signal } from "@preact/signals";

/** The community of the draft that is being written, so that its guideline can stand beside the text. */
export const chosenCommunity = signal("");
