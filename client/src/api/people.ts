import { api } from "./api";
import type { Grant, Page } from "./types";

export const readGrants = (signal: AbortSignal) => api<Page<Grant>>("/v1/tokens", { signal });

export const revokeGrant = (id: string) => api<void>(`/v1/tokens/${id}`, { method: "DELETE" });

/** For good: the key to everything that the person wrote is destroyed. */
export const eraseMe = (password: string) => api<void>("/v1/me", { method: "DELETE", body: { password } });

/** `days` undefined: until somebody ends it. */
export const suspendPerson = (handle: string, reason: string, days: number | undefined) =>
  api<void>(`/v1/users/${encodeURIComponent(handle)}/suspension`, { method: "POST", body: { reason, days } });

export const reinstatePerson = (handle: string) =>
  api<void>(`/v1/users/${encodeURIComponent(handle)}/suspension`, { method: "DELETE" });
