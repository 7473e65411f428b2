import type { Outcome, Reason } from "../../platform/api/types";
import { SEVERITY } from "../../policy/bands";
import type { Tier } from "./preview-log";

export type { Tier };

/** What is looked at: the text as the server will read it, and where it is to appear. */
export interface Subject {
  community: string;
  title: string;
  body: string;
}

/** What one tier thinks of a text before anybody has decided anything. It binds nobody. */
export interface Preview {
  tier: Tier;
  /** Which subject it is about: `keyOf`. */
  subjectKey: string;
  outcome: Outcome;
  reasons: Reason[];
  /** A score lies so close to a line that the decision may fall on its other side. */
  isBorderline: boolean;
  /** Rules that only the server has, and that were not tried. */
  hiddenRules: number;
  /** Whether a model has looked, and not only rules. */
  usedModel: boolean;
  policy: { digest: string; version: number };
  /** sha256 of the model's file, or the name that the server gives; empty where no model of ours looked. */
  model: string;
  /** Category → tenth of the scale. */
  bands: Readonly<Record<string, number>>;
  tookMs: number;
  /** One sentence of the model, where it gives one. */
  remark?: string;
  /** What the server has signed: only tier 3 has it. */
  receipt?: string;
}

/** What is known about a text that nobody has sent yet. */
export interface PreviewState {
  /** The active preview; null while no tier has answered about exactly this text. */
  preview: Preview | null;
  /** A lower tier that was stricter. */
  stricter: Preview | null;
  /** Tiers that are at work. */
  running: readonly Tier[];
  /** Why there is no preview, or why a tier did not answer. */
  problem: string;
}

/** The text that rules read and that their offsets count in: title, blank line, body; one alone without the other. */
export function judgedText(title: string, body: string): string {
  return title && body ? `${title}\n\n${body}` : title || body;
}

/** Two subjects with the same key would get the same answer of a tier that also reads the guideline. */
export function subjectKeyOf({ community, title, body }: Subject): string {
  return JSON.stringify([community, title, body]);
}

/**
 * Who speaks for a text: the highest tier that has answered about exactly this text under exactly this policy.
 * Whatever is about another text, or another policy, is as if it had never been said.
 *
 * @param subjectKey the present subject's key
 * @param digest of the present policy; empty while there is none, and then only the server can have spoken
 */
export function activePreview(
  answers: readonly Preview[],
  subjectKey: string,
  digest: string,
): Preview | null {
  return currentPreviews(answers, subjectKey, digest).reduce<Preview | null>(
    (highest, answer) => (highest === null || answer.tier > highest.tier ? answer : highest),
    null,
  );
}

/** A lower tier that was stricter than the one that speaks: worth a word, for either may be right. */
export function stricterPreview(answers: readonly Preview[], said: Preview): Preview | null {
  const below = currentPreviews(answers, said.subjectKey, said.policy.digest).filter(
    ({ tier }) => tier < said.tier,
  );
  return below.find(({ outcome }) => SEVERITY[outcome] > SEVERITY[said.outcome]) ?? null;
}

function currentPreviews(answers: readonly Preview[], about: string, digest: string): Preview[] {
  return answers.filter((answer) => answer.subjectKey === about && isUnderPolicy(answer, digest));
}

function isUnderPolicy({ tier, policy }: Preview, digest: string): boolean {
  return policy.digest === digest || (tier === 3 && digest === "");
}

/** Keeps an answer in the place of the one that the same tier gave about the same text, the newest last. */
export function withPreview(answers: readonly Preview[], answer: Preview, most: number): Preview[] {
  const others = answers.filter(
    ({ tier, subjectKey }) => tier !== answer.tier || subjectKey !== answer.subjectKey,
  );
  return [...others, answer].slice(-most);
}

/** How the tiers are called where they speak. */
export const TIER_WORDS: Record<Tier, string> = {
  0: "Rules on this device",
  1: "Model on this device",
  2: "Your key",
  3: "Server check",
};
