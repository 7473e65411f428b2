import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { BundleRefused } from "../../policy/bundle-refused";
import type { PublicView } from "../../policy/public-view";
import { TrustStore } from "../../policy/trust-state";
import type { TrustedKey } from "../../policy/trusted-keys";
import { acceptBundle } from "../../policy/verify-bundle";
import { api, isProblem } from "../api/client";

/** The public part of the active policy; null while this device has none. */
export const policy = signal<PublicView | null>(null);

/** The reason why the latest policy was refused; null if it was accepted. */
export const policyRefusal = signal<BundleRefused | null>(null);

/** The keys that this browser trusts for policies. */
export const policyTrust = new TrustStore(localStorage, pageKeys);

/** Loads the active policy, from the browser's cache while it is current, and verifies it. */
export async function loadPolicy(): Promise<void> {
  try {
    policy.value = await acceptBundle(await readPolicy(), policyTrust);
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
