import { api } from "../api/api";
import type { components } from "../api/schema";
import { uuid7 } from "../api/uuid7";

export type DryRun = components["schemas"]["DecisionPreview"];

interface Text {
  community: string;
  title: string;
  body: string;
}

/**
 * Tier 3: what the server would decide now, without effect. The text leaves the device for it, to our own server.
 * The receipt speeds up nothing.
 */
export function checkDraft({ community, title, body }: Text, signal?: AbortSignal): Promise<DryRun> {
  const call = {
    method: "POST",
    body: { community, title: title.trim(), body, preview_id: uuid7() },
  } as const;
  return api<DryRun>("/v1/previews/check", { ...call, ...(signal ? { signal } : {}) });
}
