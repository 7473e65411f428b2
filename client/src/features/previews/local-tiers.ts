import { computed } from "@preact/signals";
import { deviceModel } from "../../platform/state/device-model";
import { policy } from "../../platform/state/policy";
import { switches } from "../../platform/state/switches";
import { pointCounter } from "../../policy/code-points";
import type { PublicView } from "../../policy/public-view";
import { preview } from "../../policy/rules";
import { judgedText, keyOf, type Preview, type Subject } from "./preview";
import { scored } from "./score-preview";
import type { PausedTier } from "./tier-runner";

/** Answers at once, or null while there are no rules on this device, or they are switched off. */
export type Previewer = (subject: Subject) => Preview | null;

/** Tier 0, the public rules, once they are here. */
export const previewer = computed<Previewer>(() => {
  const view = policy.value;
  return view && switches.value.rules ? (subject) => rulesOf(view, subject) : () => null;
});

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

/** Between two words; an answer takes tens of milliseconds. */
const PAUSE_MS = 250;

/** Tier 1: the model on this device. What it found besides scores is told to whoever offers communities and posts. */
export function deviceTier(onVector: (about: string, vector: Float32Array) => void): PausedTier {
  return {
    tier: 1,
    pauseMs: PAUSE_MS,
    ready: () => deviceModel.state.peek() === "ready" && (switches.peek().device || switches.peek().chips),
    look: (subject, signal) => askDeviceModel(subject, signal, onVector),
    explain: (error) => {
      throw error;
    },
  };
}

async function askDeviceModel(
  subject: Subject,
  signal: AbortSignal,
  onVector: (about: string, vector: Float32Array) => void,
): Promise<Preview | null> {
  const text = judgedText(subject.title, subject.body);
  const pass = await deviceModel.assess(text, signal);
  const view = policy.peek();
  if (!pass || !view || signal.aborted) return null;
  onVector(keyOf(subject), pass.vector);
  if (!switches.peek().device) return null;
  const pointsAt = pointCounter(text);
  const passages = pass.sentences.map(({ start, end, scores }) => ({
    start: pointsAt(start),
    end: pointsAt(end),
    scores,
  }));
  const said = scored(view, subject, pass.scores, passages);
  return { ...said, tier: 1, about: keyOf(subject), model: pass.modelSha, tookMs: pass.tookMs };
}
