import { signal } from "@preact/signals";
import { loadBundle } from "../../policy/bundle";
import type { PublicView } from "../../policy/public-view";
import { BundleRefused } from "../../policy/refusal";
import { api } from "../api/client";

/** The policy on this device; null while there is none. */
export const policy = signal<PublicView | null>(null);

/** Why the rules that arrived last are not used; null where they are. */
export const refused = signal<BundleRefused | null>(null);

/** Gets the rules, or hears that those which are here are still current; `refused` says why they are not used. */
export async function loadPolicy(): Promise<void> {
  try {
    policy.value = await loadBundle();
    refused.value = null;
  } catch (error) {
    if (!(error instanceof BundleRefused)) throw error;
    policy.value = null;
    refused.value = error;
  }
}

/** The policy in force, unchecked; the browser keeps it and asks only whether it is still current. */
export const readPolicy = () => api<unknown>("/v1/policy");
