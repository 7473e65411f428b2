import { computed, effect, signal } from "@preact/signals";
import { api, isProblem } from "../../platform/api/client";
import { sessionKnown, user } from "../../platform/state/session";

export type PreviewMode = "server_only" | "hybrid" | "client_preview_off_for_share";

interface PreviewSettings {
  mode: PreviewMode;
  /** Whether this person gets previews. */
  previews: boolean;
}

/** Until the server has spoken, previews are on, as they are when it cannot be asked. */
const answer = signal<PreviewSettings>({ mode: "hybrid", previews: true });

/** Whether this device shows what it thinks of a text. */
export const previewsOn = computed(() => answer.value.previews);

/** Whether summaries are collected: of previews where they are on, and of drafts to compare them with. */
export const summariesOn = computed(() => answer.value.mode !== "server_only" && user.value !== null);

/** Asks again whenever somebody else is here: a share of people is without previews. */
export function connectPreviewMode(): () => void {
  const person = computed(() => (sessionKnown.value ? (user.value?.id ?? "") : null));
  return effect(() => {
    if (person.value !== null) void loadMode();
  });
}

async function loadMode(): Promise<void> {
  try {
    answer.value = await api<PreviewSettings>("/v1/mode");
  } catch (error) {
    if (!isProblem(error)) throw error;
  }
}
