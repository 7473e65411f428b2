import { api } from "./client";
import type { NotInterested, Recommendations } from "./types";

export type InterestKind = "community" | "person";

/** Reads communities and people that may suit the user, each with a reason. */
export const readRecommendations = (signal: AbortSignal) =>
  api<Recommendations>("/v1/recommendations", { signal });

/** Reads what the user is not interested in. */
export const readNotInterested = (signal: AbortSignal) =>
  api<NotInterested>("/v1/me/not-interested", { signal });

/** Says that the user is not interested in a community (by name) or a person (by handle), or is again. */
export const changeInterest = (kind: InterestKind, name: string, interested: boolean) =>
  api<void>(`/v1/me/not-interested/${kind}/${encodeURIComponent(name)}`, {
    method: interested ? "DELETE" : "PUT",
  });
