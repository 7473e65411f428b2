import { pointCounter } from "../code-points";
import { deviceModel } from "../device/model";
import { switches } from "../settings/switches";
import type { PausedTier } from "./assessor";
import { policy } from "./policy";
import { judgedText, keyOf, type Preview, type Subject } from "./preview";
import { scored } from "./scored";

/** Between two words; an answer takes tens of milliseconds. */
const PAUSE_MS = 250;

/** Tier 1: the model on this device. What it found besides scores is told to whoever offers communities and posts. */
export function deviceTier(onVector: (about: string, vector: Float32Array) => void): PausedTier {
  return {
    tier: 1,
    pauseMs: PAUSE_MS,
    ready: () => deviceModel.state.peek() === "ready" && (switches.peek().device || switches.peek().chips),
    look: (subject, signal) => look(subject, signal, onVector),
    explain: (error) => {
      throw error;
    },
  };
}

async function look(
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
