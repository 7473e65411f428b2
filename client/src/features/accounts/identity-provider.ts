import { api } from "../../platform/api/client";
import type { Identities, OidcSignIn, Site } from "../../platform/api/types";

/** What a way to the identity provider and back is for. */
export type Purpose = "sign_in" | "link" | "prove";

/** A way that has begun: its purpose, and the page of this site to show at its end. */
export interface Way {
  purpose: Purpose;
  to: string;
  /** The code of the invitation with which somebody came; empty without one. */
  invitation: string;
}

/** The answer of the identity provider, as the browser brings it back. */
export interface ProviderReturn {
  code: string;
  state: string;
  iss: string;
}

const PATHS = {
  sign_in: "/v1/sessions/oidc",
  link: "/v1/me/identities",
  prove: "/v1/me/proof/oidc",
} as const satisfies Record<Purpose, string>;

const BEGUN = "ottit.identity-provider";

/** Leaves this page for the identity provider's. */
export async function goToProvider(purpose: Purpose, to: string, invitation = ""): Promise<void> {
  const { address } = await api<{ address: string }>(`${PATHS[purpose]}/begin`, { method: "POST" });
  sessionStorage.setItem(BEGUN, JSON.stringify({ purpose, to, invitation }));
  window.location.assign(address);
}

/** Returns the way that this tab has begun, once; a new sign-in if it is not known. */
export function takeWay(): Way {
  const begun = sessionStorage.getItem(BEGUN);
  sessionStorage.removeItem(BEGUN);
  return begun === null ? { purpose: "sign_in", to: "/", invitation: "" } : (JSON.parse(begun) as Way);
}

/** Sends the provider's answer for any purpose; only a sign-in has a result. */
export async function comeBack(purpose: Purpose, given: ProviderReturn): Promise<OidcSignIn | undefined> {
  return api<OidcSignIn | undefined>(PATHS[purpose], { method: "POST", body: given });
}

export const readSite = (signal: AbortSignal) => api<Site>("/v1/site", { signal });

export const readIdentities = (signal: AbortSignal) => api<Identities>("/v1/me/identities", { signal });

export const unlink = (id: string) =>
  api<void>(`/v1/me/identities/${encodeURIComponent(id)}`, { method: "DELETE" });
