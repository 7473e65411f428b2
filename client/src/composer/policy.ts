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

/**
 * Gets the rules, or hears that those which are here are still current.
 *
 * @returns why there is no preview, in words; empty where there is one
 */
export async function loadPolicy(): Promise<string> {
  try {
    policy.value = await loadBundle();
    return "";
  } catch (error) {
    if (!(error instanceof BundleRefused)) throw error;
    policy.value = null;
    return error.words;
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
