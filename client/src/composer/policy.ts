import { computed, signal } from "@preact/signals";
import { loadBundle } from "../policy/bundle";
import type { PublicView } from "../policy/public-view";
import { BundleRefused } from "../policy/refusal";
import { preview } from "../policy/verdict";
import { switches } from "../settings/switches";
import { judgedText, keyOf, type Preview, type Subject } from "./preview";

/** The policy on this device; null while there is none. */
export const policy = signal<PublicView | null>(null);

/** Answers at once, or null while there are no rules on this device, or they are switched off. */
export type Previewer = (subject: Subject) => Preview | null;

/** Tier 0, the public rules, once they are here. */
export const previewer = computed<Previewer>(() => {
  const view = policy.value;
  return view && switches.value.rules ? (subject) => rulesOf(view, subject) : () => null;
});

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

function rulesOf(view: PublicView, subject: Subject): Preview {
  const started = performance.now();
  const { verdict, hits, notChecked } = preview(view, judgedText(subject.title, subject.body));
  const { digest, version } = view;
  return {
    tier: 0,
    about: keyOf(subject),
    outcome: verdict,
    reasons: hits,
    near: false,
    hiddenRules: notChecked.rules,
    modelLooked: false,
    policy: { digest, version },
    model: "",
    bands: {},
    tookMs: performance.now() - started,
  };
}
