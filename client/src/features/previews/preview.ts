import type { Outcome, Reason } from "../../platform/api/types";
import { t } from "../../platform/i18n";
import { codePoints } from "../../policy/code-points";
import type { Unjudged } from "../../policy/judged-languages";
import { SEVERITY } from "../../policy/threshold-bands";
import type { Extent, Tier } from "./preview-log";

export type { Extent, Tier };

/** The input of a preview: the text as the server will read it, and the community it is written for. */
export interface Subject {
  community: string;
  title: string;
  body: string;
  /** What a comment answers: its id, and its text as the server judged it. */
  answered?: { id: string; text: string };
}

/** The outcome that one tier expects for a text. It is not binding: the server decides. */
export interface Preview {
  tier: Tier;
  /** The key of its subject (`subjectKeyOf`). */
  subjectKey: string;
  outcome: Outcome;
  reasons: Reason[];
  /** A score is so close to a threshold that the decision may go the other way. */
  isBorderline: boolean;
  /** Number of rules that only the server has, so that this preview could not check them. */
  hiddenRules: number;
  /** A model contributed, and not only rules. */
  usedModel: boolean;
  policy: { digest: string; version: number };
  /** The SHA-256 of the device model's file, or the server's name for its model; empty for rules and for other models. */
  model: string;
  /** Category → band of its score, 0 to 9. */
  bands: Readonly<Record<string, number>>;
  tookMs: number;
  extent: Extent;
  /** A substantial part in languages that nothing on the server judges; absent if there is none. */
  unjudged?: Pick<Unjudged, "languages" | "whole">;
  /** One sentence by the model, if it gives one. */
  remark?: string;
  /** The server's signed receipt, for tier 3 only. */
  receipt?: string;
}

/** Returns the extent of what the server's models have read. */
export function extentOf({ read, characters }: { read: number; characters: number }): Extent {
  return { read, unread: characters - read };
}

/** Returns the extent of a preview that read the whole text. */
export function wholeText({ title, body }: Pick<Subject, "title" | "body">): Extent {
  return { read: codePoints(judgedText(title, body)), unread: 0 };
}

/** The previews of a text that has not been sent yet. */
export interface PreviewState {
  /** The active preview; null while no tier has a result for exactly this text. */
  preview: Preview | null;
  /** The preview of a lower tier with a stricter outcome. */
  stricter: Preview | null;
  /** Tiers that are working on a preview. */
  running: readonly Tier[];
  /** The message that explains a missing preview or a failed tier; empty if all is well. */
  problem: string;
}

/** Returns the text that rules read and that spans refer to: title, blank line, body; or the only part that is not empty. */
export function judgedText(title: string, body: string): string {
  return title && body ? `${title}\n\n${body}` : title || body;
}

/** Returns a key for a subject, with all that a tier reads: also the community, for its guideline. */
export function subjectKeyOf({ community, title, body, answered }: Subject): string {
  return JSON.stringify([community, title, body, ...(answered ? [answered.id, answered.text] : [])]);
}

/**
 * Returns the preview of the highest tier for exactly this text under exactly this policy. Previews of other texts or
 * policies are ignored.
 *
 * @param subjectKey the key of the current subject
 * @param digest the digest of the current policy; empty while there is none, and then only tier 3 counts
 */
export function activePreview(
  previews: readonly Preview[],
  subjectKey: string,
  digest: string,
): Preview | null {
  return currentPreviews(previews, subjectKey, digest).reduce<Preview | null>(
    (highest, preview) => (highest === null || preview.tier > highest.tier ? preview : highest),
    null,
  );
}

/** Returns a lower tier's preview that is stricter than the active one: either of them may be right. */
export function stricterPreview(previews: readonly Preview[], active: Preview): Preview | null {
  const lower = currentPreviews(previews, active.subjectKey, active.policy.digest).filter(
    ({ tier }) => tier < active.tier,
  );
  return lower.find(({ outcome }) => SEVERITY[outcome] > SEVERITY[active.outcome]) ?? null;
}

function currentPreviews(previews: readonly Preview[], subjectKey: string, digest: string): Preview[] {
  return previews.filter((preview) => preview.subjectKey === subjectKey && isUnderPolicy(preview, digest));
}

function isUnderPolicy({ tier, policy }: Preview, digest: string): boolean {
  return policy.digest === digest || (tier === 3 && digest === "");
}

/** Adds a preview and drops an earlier one of the same tier and text. The newest is last; `limit` are kept. */
export function withPreview(previews: readonly Preview[], added: Preview, limit: number): Preview[] {
  const others = previews.filter(
    ({ tier, subjectKey }) => tier !== added.tier || subjectKey !== added.subjectKey,
  );
  return [...others, added].slice(-limit);
}

/** Returns the name of a tier as users read it. */
export function tierName(tier: Tier): string {
  return t(`previews.tier.${tier}`);
}
