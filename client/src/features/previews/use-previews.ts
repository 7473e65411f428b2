import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo } from "preact/hooks";
import { prepareQuick } from "../../platform/local-index/queries";
import { deviceModel } from "../../platform/state/device-model";
import { policy, policyRefusal, useCurrentPolicy } from "../../platform/state/policy";
import { switches } from "../../platform/state/switches";
import { provider } from "../own-key/setup";
import { deviceTier, previewer } from "./local-tiers";
import { previewsOn } from "./mode";
import { keyOf, type PreviewState, type Subject, speaking, stricter } from "./preview";
import { keyTier, serverTier } from "./remote-tiers";
import { Assessor } from "./tier-runner";

/** The text's vector, of the text that it is about. */
export interface Found {
  about: string;
  vector: Float32Array;
}

export interface Assessment {
  said: PreviewState;
  found: Found | null;
  /** Asks the server what it would decide. */
  check: () => void;
  checking: boolean;
}

const SILENT: PreviewState = { preview: null, stricter: null, running: [], problem: "" };

/**
 * What may be said about a text while it is written.
 *
 * @param active whether somebody is writing: once a text is sent, what was said about it stays as it was
 */
export function useAssessment(subject: Subject, active: boolean): Assessment {
  useCurrentPolicy();
  const rulesPreviewer = previewer.value;
  const found = useSignal<Found | null>(null);
  const assessor = useMemo(() => {
    const paused = [deviceTier((about, vector) => (found.value = { about, vector })), keyTier];
    return new Assessor(paused);
  }, []);
  const about = keyOf(subject);
  const empty = `${subject.title}${subject.body}`.trim() === "";
  // What can answer now: with another provider, model or switch the present text is looked at again.
  const able = useComputed(() =>
    [
      deviceModel.state.value,
      provider.value?.model,
      JSON.stringify(switches.value),
      policy.value?.digest,
    ].join(),
  ).value;
  const on = previewsOn.value;
  // Before anything else can happen: a click right after a letter asks about the text with that letter.
  useLayoutEffect(() => {
    if (active && !empty && on) assessor.present(subject);
    return () => assessor.stop();
  }, [assessor, about, active, empty, on, able]);
  const ready = deviceModel.state.value === "ready";
  useEffect(() => {
    if (active && ready && switches.peek().chips) void prepareQuick();
  }, [active, ready]);
  const rules = useMemo(() => rulesPreviewer(subject), [rulesPreviewer, about]);
  if (!on)
    return { said: { ...SILENT, problem: OFF_HERE }, found: null, check: () => undefined, checking: false };
  const answers = [...assessor.answers.value.filter(({ tier }) => isOn(tier)), ...(rules ? [rules] : [])];
  const preview = speaking(answers, about, policy.value?.digest ?? "");
  const why = assessor.trouble.value;
  return {
    said: {
      preview,
      stricter: preview && stricter(answers, preview),
      running: assessor.asking.value,
      problem: why ? `${why.title} ${why.detail}` : preview ? "" : (policyRefusal.value?.words ?? ""),
    },
    found: found.value?.about === about ? found.value : null,
    check: () => void assessor.askNow(serverTier, subject),
    checking: assessor.asking.value.includes(3),
  };
}

const OFF_HERE = "This place tries for now without previews.";

/** What was said by a tier that is switched off since then is not shown any more. */
function isOn(tier: number): boolean {
  const { device, ownKey } = switches.value;
  return tier === 1 ? device : tier === 2 ? ownKey : true;
}
