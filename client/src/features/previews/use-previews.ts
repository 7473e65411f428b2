import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo } from "preact/hooks";
import { openLocalIndex } from "../../platform/local-index/queries";
import { deviceModel } from "../../platform/state/device-model";
import { policy, policyRefusal, useCurrentPolicy } from "../../platform/state/policy";
import { switches } from "../../platform/state/switches";
import { provider } from "../own-key/setup";
import { deviceTier, rulesPreviewer } from "./local-tiers";
import { previewsOn } from "./mode";
import { activePreview, type PreviewState, type Subject, stricterPreview, subjectKeyOf } from "./preview";
import { ownKeyTier, serverTier } from "./remote-tiers";
import { TierRunner } from "./tier-runner";

/** The text's vector, of the text that it is about. */
export interface TextVector {
  subjectKey: string;
  vector: Float32Array;
}

export interface DraftPreviews {
  state: PreviewState;
  textVector: TextVector | null;
  /** Asks the server what it would decide. */
  runDryRun: () => void;
  dryRunning: boolean;
}

const NO_PREVIEW: PreviewState = { preview: null, stricter: null, running: [], problem: "" };

/**
 * What may be said about a text while it is written.
 *
 * @param active whether somebody is writing: once a text is sent, what was said about it stays as it was
 */
export function usePreviews(subject: Subject, active: boolean): DraftPreviews {
  useCurrentPolicy();
  const previewByRules = rulesPreviewer.value;
  const textVector = useSignal<TextVector | null>(null);
  const runner = useMemo(() => {
    const tiers = [
      deviceTier((about, vector) => (textVector.value = { subjectKey: about, vector })),
      ownKeyTier,
    ];
    return new TierRunner(tiers);
  }, []);
  const subjectKey = subjectKeyOf(subject);
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
    if (active && !empty && on) runner.setSubject(subject);
    return () => runner.stop();
  }, [runner, subjectKey, active, empty, on, able]);
  const ready = deviceModel.state.value === "ready";
  useEffect(() => {
    if (active && ready && switches.peek().chips) void openLocalIndex();
  }, [active, ready]);
  const rules = useMemo(() => previewByRules(subject), [previewByRules, subjectKey]);
  if (!on)
    return {
      state: { ...NO_PREVIEW, problem: OFF_HERE },
      textVector: null,
      runDryRun: () => undefined,
      dryRunning: false,
    };
  const previews = [...runner.previews.value.filter(({ tier }) => isOn(tier)), ...(rules ? [rules] : [])];
  const preview = activePreview(previews, subjectKey, policy.value?.digest ?? "");
  const problem = runner.problem.value;
  return {
    state: {
      preview,
      stricter: preview && stricterPreview(previews, preview),
      running: runner.running.value,
      problem: problem
        ? `${problem.title} ${problem.detail}`
        : preview
          ? ""
          : (policyRefusal.value?.words ?? ""),
    },
    textVector: textVector.value?.subjectKey === subjectKey ? textVector.value : null,
    runDryRun: () => void runner.runNow(serverTier, subject),
    dryRunning: runner.running.value.includes(3),
  };
}

const OFF_HERE = "This place tries for now without previews.";

/** What was said by a tier that is switched off since then is not shown any more. */
function isOn(tier: number): boolean {
  const { device, ownKey } = switches.value;
  return tier === 1 ? device : tier === 2 ? ownKey : true;
}
