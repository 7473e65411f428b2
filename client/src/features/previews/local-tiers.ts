import { computed } from "@preact/signals";
import type { DeviceReading } from "../../device/device-model-state";
import type { PartialScores, Scores } from "../../device/model-worker-client";
import { highest } from "../../device/text-reader";
import { isReadByModel } from "../../platform/local-index/vector-search";
import { policy } from "../../platform/state/active-policy";
import { deviceModel } from "../../platform/state/device-model-singleton";
import { switches } from "../../platform/state/feature-switches";
import type { PublicView } from "../../policy/public-view";
import { evaluateRules } from "../../policy/rules";
import { IN_CONTEXT, inContext, type Window, windows } from "../../policy/windows";
import { type Extent, judgedText, type Preview, type Subject, subjectKeyOf, wholeText } from "./preview";
import { previewFromScores, type ScoredWindow } from "./preview-from-scores";
import { judgedPart, loadLanguageDetector, unjudgedBy, withUnjudged } from "./text-languages";
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
  const judged = withUnjudged(view, judgedText(subject.title, subject.body), { outcome, reasons: hits });
  return {
    tier: 0,
    subjectKey: subjectKeyOf(subject),
    ...judged,
    isBorderline: false,
    hiddenRules: notChecked.rules,
    usedModel: false,
    policy: { digest, version },
    model: "",
    bands: {},
    tookMs: performance.now() - started,
    extent: wholeText(subject),
  };
}

/** About the pause between two words; a preview of a few sentences takes tens of milliseconds. */
const PAUSE_MS = 250;
/** Time for reading after one pause. The windows that are then unread are read after the next one, or on request. */
const LIMIT_MS = 8000;

/** Tier 1: the model on this device. `onVector` gets the text's vector, for related communities and posts. */
export function deviceTier(onVector: (subjectKey: string, vector: Float32Array) => void): PreviewTier {
  return {
    tier: 1,
    pauseMs: PAUSE_MS,
    isReady: () => deviceModel.status.peek() === "ready" && (switches.peek().device || switches.peek().chips),
    preview: (subject, signal, onPartial) => askDeviceModel(subject, { signal, onPartial, onVector }),
    onError: (error) => {
      throw error;
    },
  };
}

interface Listeners {
  signal: AbortSignal;
  onPartial: (preview: Preview) => void;
  onVector: (subjectKey: string, vector: Float32Array) => void;
}

async function askDeviceModel(
  subject: Subject,
  { signal, onPartial, onVector }: Listeners,
): Promise<Preview | null> {
  const started = performance.now();
  const view = policy.peek();
  // Without previews only the vector is wanted. Without the language detection nothing may be scored.
  const scores = view && switches.peek().device && (await loadLanguageDetector()) !== null;
  const other = scores ? unjudgedBy("local", view, judgedText(subject.title, subject.body)) : null;
  const part = judgedPart(subject, other);
  const found = scores ? windows(part.title, part.body) : [];
  // Only its beginning is read, and a part of it tells its language.
  const answered = Array.from(subject.answered?.text ?? "")
    .slice(0, 2000)
    .join("");
  const context = scores && !unjudgedBy("local", view, answered) ? inContext(answered, part.body) : null;
  const preview = ({ scores, modelSha }: Pick<DeviceReading, "scores" | "modelSha">) =>
    previewOf(subject, found, scores, { model: modelSha, tookMs: performance.now() - started });
  const request = {
    text: judgedText(subject.title, subject.body),
    // The context comes last: its scores follow those of the windows.
    windows: [...found.map(({ forms }) => forms), ...(context ? [[context.together], [context.alone]] : [])],
    limitMs: LIMIT_MS,
  };
  const onProgress = (progress: Pick<DeviceReading, "scores" | "modelSha">) => {
    const partial = preview(progress);
    if (partial) onPartial(partial);
  };
  const reading = await deviceModel.read(request, { signal, onProgress });
  if (!reading || signal.aborted) return null;
  if (isReadByModel(request.text)) onVector(subjectKeyOf(subject), reading.vector);
  return preview(reading);
}

function previewOf(
  subject: Subject,
  found: readonly Window[],
  scores: PartialScores,
  about: Pick<Preview, "model" | "tookMs">,
): Preview | null {
  const view = policy.peek();
  if (!view || !switches.peek().device || found.length === 0) return null;
  const scored = found.flatMap(({ start, end }, place): ScoredWindow[] => {
    const ofWindow = scores[place];
    return ofWindow ? [{ start, end, scores: ofWindow }] : [];
  });
  const unread = found.filter((_, place) => !scores[place]);
  const ofContext = scores.slice(found.length);
  if (ofContext.some((one) => one === null)) return null; // a short text in its context takes milliseconds
  const all = highest([...scored.map((window) => window.scores), scoresInContext(ofContext)]);
  return {
    ...withUnjudged(
      view,
      judgedText(subject.title, subject.body),
      previewFromScores(view, subject, all, scored),
    ),
    ...about,
    tier: 1,
    subjectKey: subjectKeyOf(subject),
    extent: withoutWindows(subject, unread),
  };
}

/** Returns the scores that a text has only together with what it answers. */
function scoresInContext([together, alone]: PartialScores): Scores {
  const names = Object.keys(together ?? {});
  const score = (name: string) => together?.[name] ?? 0;
  return Object.fromEntries(
    names.map((name) => [name, score(name) >= IN_CONTEXT * (alone?.[name] ?? 0) ? score(name) : 0]),
  );
}

/** Returns what was read: a character is read once every window around it was. */
function withoutWindows(subject: Subject, unread: readonly Window[]): Extent {
  let [count, reached] = [0, 0];
  for (const { start, end } of unread) {
    count += Math.max(0, end - Math.max(start, reached));
    reached = Math.max(reached, end);
  }
  return { read: wholeText(subject).read - count, unread: count };
}
