import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { BundleRefused } from "../../policy/bundle-refused";
import type { PublicView } from "../../policy/public-view";
import { TrustStore } from "../../policy/trust-state";
import type { TrustedKey } from "../../policy/trusted-keys";
import { acceptBundle } from "../../policy/verify-bundle";
import { api, isProblem } from "../api/client";
import type { components } from "../api/schema";

export type { Helpline } from "../../policy/public-view";

type SignedPolicy = components["schemas"]["SignedPolicy"];
export type Judge = components["schemas"]["Judge"];

/** The public part of the active policy; null while this device has none. */
export const policy = signal<PublicView | null>(null);

/** What reads a text under this policy, with measured figures. Not signed: it informs, and nothing depends on it. */
export const judges = signal<readonly Judge[]>([]);

/** The reason why the latest policy was refused; null if it was accepted. */
export const policyRefusal = signal<BundleRefused | null>(null);

/** The keys that this browser trusts for policies. */
export const policyTrust = new TrustStore(localStorage, pageKeys);

/** Loads the active policy, from the browser's cache while it is current, and verifies it. */
export async function loadPolicy(): Promise<void> {
  try {
    const answer = await readPolicy();
    policy.value = await acceptBundle(answer, policyTrust);
    judges.value = (answer as Partial<SignedPolicy>).judges ?? [];
    policyRefusal.value = null;
  } catch (error) {
    if (!(error instanceof BundleRefused)) throw error;
    policy.value = null;
    policyRefusal.value = error;
  }
}

/** Loads the current policy when a component appears. The component also works without one. */
export function useCurrentPolicy(): void {
  useEffect(() => {
    loadPolicy().catch((error: unknown) => {
      if (!isProblem(error)) throw error;
    });
  }, []);
}

async function readPolicy(): Promise<unknown> {
  try {
    return await api<unknown>("/v1/policy");
  } catch (error) {
    throw isProblem(error, "unreadable") ? new BundleRefused("damaged") : error;
  }
}

function pageKeys(): readonly TrustedKey[] {
  const text = document.querySelector<HTMLMetaElement>('meta[name="ottit-policy-keys"]')?.content;
  try {
    return text ? (JSON.parse(text) as TrustedKey[]) : [];
  } catch {
    return [];
  }
}
