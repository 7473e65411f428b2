import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo } from "preact/hooks";
import { joinSentences, t } from "../../platform/i18n";
import { openLocalIndex } from "../../platform/local-index/local-index-singleton";
import { policy, policyRefusal, useCurrentPolicy } from "../../platform/state/active-policy";
import { deviceModel } from "../../platform/state/device-model-singleton";
import { type Description, describeError } from "../../platform/state/error-messages";
import { switches } from "../../platform/state/feature-switches";
import { describeProviderError, ProviderError } from "../own-key/provider-error";
import { provider } from "../own-key/provider-setup";
import { deviceTier, rulesPreviewer } from "./local-tiers";
import {
  activePreview,
  type Preview,
  type PreviewState,
  type Subject,
  stricterPreview,
  subjectKeyOf,
} from "./preview";
import { previewsEnabled } from "./previews-enabled";
import { ownKeyTier, serverTier } from "./remote-tiers";
import { languageDetector, loadLanguageDetector } from "./text-languages";
import { TierRunner } from "./tier-runner";

/** A text's vector, with the key of that text's subject. */
export interface TextVector {
  subjectKey: string;
  vector: Float32Array;
}

export interface DraftPreviews {
  state: PreviewState;
  textVector: TextVector | null;
  /** Reads on with the model on this device, where the last run has stopped. */
  readOn: () => void;
  /** Starts a dry run on the server. */
  runDryRun: () => void;
  dryRunning: boolean;
}

const NO_PREVIEW: PreviewState = { preview: null, stricter: null, running: [], problem: "" };

/**
 * Runs the previews of a text while it is written.
 *
 * @param active false once the text was sent: its previews then stay as they were
 */
export function usePreviews(subject: Subject, active: boolean): DraftPreviews {
  useCurrentPolicy();
  const previewByRules = rulesPreviewer.value;
  const textVector = useSignal<TextVector | null>(null);
  const { runner, device } = useMemo(() => {
    const device = deviceTier((subjectKey, vector) => (textVector.value = { subjectKey, vector }));
    return { device, runner: new TierRunner([device, ownKeyTier]) };
  }, []);
  const subjectKey = subjectKeyOf(subject);
  const empty = `${subject.title}${subject.body}`.trim() === "";
  // After a change of provider, model, switches or policy, the tiers are scheduled again for the current text.
  const setup = useComputed(() =>
    [
      deviceModel.status.value,
      provider.value?.model,
      JSON.stringify(switches.value),
      policy.value?.digest,
    ].join(),
  ).value;
  const on = previewsEnabled.value;
  // In a layout effect, so that a click right after a keystroke already sees the new text.
  useLayoutEffect(() => {
    if (active && !empty && on) runner.setSubject(subject);
    else runner.stop();
  }, [runner, subjectKey, active, empty, on, setup]);
  useLayoutEffect(() => () => runner.stop(), [runner]);
  useEffect(() => {
    if (active && !empty && on) void loadLanguageDetector();
  }, [active, empty, on]);
  const ready = deviceModel.status.value === "ready";
  useEffect(() => {
    if (active && ready && switches.peek().chips) void openLocalIndex();
  }, [active, ready]);
  const knowsLanguages = languageDetector.value !== null;
  const rules = useMemo(() => previewByRules(subject), [previewByRules, subjectKey, knowsLanguages]);
  if (!on)
    return {
      state: { ...NO_PREVIEW, problem: t("previews.off") },
      textVector: null,
      readOn: () => undefined,
      runDryRun: () => undefined,
      dryRunning: false,
    };
  const previews = [...runner.previews.value.filter(({ tier }) => isOn(tier)), ...(rules ? [rules] : [])];
  const preview = activePreview(previews, subjectKey, policy.value?.digest ?? "");
  return {
    state: {
      preview,
      stricter: preview && stricterPreview(previews, preview),
      running: runner.running.value,
      problem: problemOf(runner.error.value, preview),
    },
    textVector: textVector.value?.subjectKey === subjectKey ? textVector.value : null,
    readOn: () => void runner.runNow(device, subject),
    runDryRun: () => void runner.runNow(serverTier, subject),
    dryRunning: runner.running.value.includes(3),
  };
}

/** Returns the message for a failed tier; else for a refused policy, if there is no preview. */
function problemOf(error: unknown, preview: Preview | null): string {
  if (error !== null) {
    const { title, detail } = describe(error);
    return joinSentences(title, detail);
  }
  const refusal = policyRefusal.value;
  return refusal && !preview ? t(`previews.refused.${refusal.reason}`) : "";
}

function describe(error: unknown): Description {
  return error instanceof ProviderError
    ? describeProviderError(error)
    : describeError(error, t("composer.text_kept"));
}

/** Hides the previews of a tier that has been switched off since. */
function isOn(tier: number): boolean {
  const { device, ownKey } = switches.value;
  return tier === 1 ? device : tier === 2 ? ownKey : true;
}
