import { SEVERITY } from "../policy/bands";
import type { Preview, Tier } from "./preview";

/**
 * Who speaks for a text: the highest tier that has answered about exactly this text under exactly this policy.
 * Whatever is about another text, or another policy, is as if it had never been said.
 *
 * @param about the present subject's key
 * @param digest of the present policy; empty while there is none, and then only the server can have spoken
 */
export function speaking(answers: readonly Preview[], about: string, digest: string): Preview | null {
  return current(answers, about, digest).reduce<Preview | null>(
    (highest, answer) => (highest === null || answer.tier > highest.tier ? answer : highest),
    null,
  );
}

/** A lower tier that was stricter than the one that speaks: worth a word, for either may be right. */
export function stricter(answers: readonly Preview[], said: Preview): Preview | null {
  const below = current(answers, said.about, said.policy.digest).filter(({ tier }) => tier < said.tier);
  return below.find(({ outcome }) => SEVERITY[outcome] > SEVERITY[said.outcome]) ?? null;
}

function current(answers: readonly Preview[], about: string, digest: string): Preview[] {
  return answers.filter((answer) => answer.about === about && fits(answer, digest));
}

function fits({ tier, policy }: Preview, digest: string): boolean {
  return policy.digest === digest || (tier === 3 && digest === "");
}

/** Keeps an answer in the place of the one that the same tier gave about the same text, the newest last. */
export function withAnswer(answers: readonly Preview[], answer: Preview, most: number): Preview[] {
  const others = answers.filter(({ tier, about }) => tier !== answer.tier || about !== answer.about);
  return [...others, answer].slice(-most);
}

/** How the tiers are called where they speak. */
export const TIER_WORDS: Record<Tier, string> = {
  0: "Rules on this device",
  1: "Model on this device",
  2: "Your key",
  3: "Server check",
};
