import { api } from "../../platform/api/client";
import type { Applications, Invitations, NewInvitation } from "../../platform/api/types";

export const readApplications = (signal: AbortSignal) => api<Applications>("/v1/applications", { signal });

export const approve = (id: string) => decide(id, { outcome: "approved" });

export const refuse = (id: string, reason: string) => decide(id, { outcome: "refused", reason });

export const readInvitations = (signal: AbortSignal) => api<Invitations>("/v1/invitations", { signal });

export const invite = (uses: number, days: number) =>
  api<NewInvitation>("/v1/invitations", { method: "POST", body: { uses, days } });

export const revoke = (id: string) => api<void>(`/v1/invitations/${id}`, { method: "DELETE" });

function decide(id: string, body: { outcome: string; reason?: string }): Promise<void> {
  return api<void>(`/v1/applications/${id}/decision`, { method: "POST", body });
}
