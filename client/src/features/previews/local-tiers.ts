import { computed } from "@preact/signals";
import { policy } from "../../platform/state/active-policy";
import { deviceModel } from "../../platform/state/device-model-singleton";
import { switches } from "../../platform/state/feature-switches";
import { pointCounter } from "../../policy/code-points";
import type { PublicView } from "../../policy/public-view";
import { evaluateRules } from "../../policy/rules";
import { judgedText, type Preview, type Subject, subjectKeyOf } from "./preview";
import { previewFromScores } from "./preview-from-scores";
import type { PreviewTier } from "./tier-runner";

/** Returns a preview at once; null while this device has no rules, or they are switched off. */
export type RulesPreviewer = (subject: Subject) => Preview | null;

/** Tier 0: the public rules, once they are on this device. */
export const rulesPreviewer = computed<RulesPreviewer>(() => {
  const view = policy.value;
  return view && switches.value.rules ? (subject) => previewByRules(view, subject) : () => null;
});

function previewByRules(view: PublicView, subject: Subject): Preview {
  const started = performance.now();
  const { outcome, hits, notChecked } = evaluateRules(view, judgedText(subject.title, subject.body));
  const { digest, version } = view;
  return {
    tier: 0,
    subjectKey: subjectKeyOf(subject),
    outcome,
    reasons: hits,
    isBorderline: false,
    hiddenRules: notChecked.rules,
    usedModel: false,
    policy: { digest, version },
    model: "",
    bands: {},
    tookMs: performance.now() - started,
  };
}

/** About the pause between two words; a preview takes tens of milliseconds. */
const PAUSE_MS = 250;

/** Tier 1: the model on this device. `onVector` gets the text's vector, for related communities and posts. */
export function deviceTier(onVector: (subjectKey: string, vector: Float32Array) => void): PreviewTier {
  return {
    tier: 1,
    pauseMs: PAUSE_MS,
    isReady: () => deviceModel.status.peek() === "ready" && (switches.peek().device || switches.peek().chips),
    preview: (subject, signal) => askDeviceModel(subject, signal, onVector),
    onError: (error) => {
      throw error;
    },
  };
}

async function askDeviceModel(
  subject: Subject,
  signal: AbortSignal,
  onVector: (subjectKey: string, vector: Float32Array) => void,
): Promise<Preview | null> {
  const text = judgedText(subject.title, subject.body);
  const assessment = await deviceModel.assess(text, signal);
  const view = policy.peek();
  if (!assessment || !view || signal.aborted) return null;
  onVector(subjectKeyOf(subject), assessment.vector);
  if (!switches.peek().device) return null;
  const pointsAt = pointCounter(text);
  const passages = assessment.sentences.map(({ start, end, scores }) => ({
    start: pointsAt(start),
    end: pointsAt(end),
    scores,
  }));
  const scored = previewFromScores(view, subject, assessment.scores, passages);
  return {
    ...scored,
    tier: 1,
    subjectKey: subjectKeyOf(subject),
    model: assessment.modelSha,
    tookMs: assessment.tookMs,
  };
}
