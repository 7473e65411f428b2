import { computed, effect, signal } from "@preact/signals";
import { api, isProblem } from "../../platform/api/client";
import { sessionKnown, user } from "../../platform/state/session";

interface PreviewSettings {
  mode: "server_only" | "hybrid" | "client_preview_off_for_share";
  /** True if this user gets previews. */
  previews: boolean;
}

/** Previews are on until the server says otherwise, and while it cannot be reached. */
const settings = signal<PreviewSettings>({ mode: "hybrid", previews: true });

/** True if this device shows previews. */
export const previewsEnabled = computed(() => settings.value.previews);

/** True if this device sends summaries: of previews where they are on, and of drafts to compare them with. */
export const summariesEnabled = computed(() => settings.value.mode !== "server_only" && user.value !== null);

/** Loads the mode again after each change of user: some users get no previews, to measure their effect. */
export function connectPreviewsEnabled(): () => void {
  const userId = computed(() => (sessionKnown.value ? (user.value?.id ?? "") : null));
  return effect(() => {
    if (userId.value !== null) void loadMode();
  });
}

async function loadMode(): Promise<void> {
  try {
    settings.value = await api<PreviewSettings>("/v1/mode");
  } catch (error) {
    if (!isProblem(error)) throw error;
  }
}
