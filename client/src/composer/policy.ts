import { computed, signal } from "@preact/signals";
import { readPolicy } from "../api/reads";
import type { PublicView } from "../policy/public-view";
import { preview } from "../policy/verdict";
import type { Previewer } from "./preview";

const view = signal<PublicView | null>(null);

/** Tier 0, the public rules, once they are here. */
export const previewer = computed<Previewer>(() => {
  const policy = view.value;
  return policy ? (text) => rulesOf(policy, text) : () => null;
});

/** Gets the rules, or hears that those which are here are still current. */
export async function loadPolicy(): Promise<void> {
  view.value = await readPolicy();
}

function rulesOf(policy: PublicView, text: string): ReturnType<Previewer> {
  const { verdict, hits, notChecked } = preview(policy, text);
  const { digest, version } = policy;
  return { outcome: verdict, reasons: hits, hiddenRules: notChecked.rules, policy: { digest, version } };
}
