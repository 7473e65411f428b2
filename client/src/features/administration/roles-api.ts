import { api } from "../../platform/api/client";
import type { Act, Page, UserWithRoles } from "../../platform/api/types";

export const ROLES = ["moderator", "admin", "importer"] as const;
export type RoleName = (typeof ROLES)[number];

export interface HeldRole {
  handle: string;
  role: string;
  /** Null: every community. */
  community: string | null;
}

export const readRoles = (signal: AbortSignal) => api<Page<UserWithRoles>>("/v1/roles", { signal });

export const appoint = (held: HeldRole) => api<void>(addressOf(held), { method: "PUT", ...placeOf(held) });

export const remove = (held: HeldRole) => api<void>(addressOf(held), { method: "DELETE", ...placeOf(held) });

export const readActs = (cursor: string | undefined, signal: AbortSignal) =>
  api<Page<Act>>("/v1/audit", { signal, query: { cursor } });

function addressOf({ handle, role }: HeldRole): `/v1/${string}` {
  return `/v1/users/${encodeURIComponent(handle)}/roles/${role}`;
}

function placeOf({ community }: HeldRole) {
  return community ? { query: { community } } : {};
}
