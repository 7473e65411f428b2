import { isProblem } from "../platform/api/client";
import type { components } from "../platform/api/schema";
import { readPolicy } from "../platform/state/policy";
import { NORMALIZER_VERSION } from "./normalize";
import type { PublicView, Signed, SwitchNote } from "./public-view";
import { BundleRefused } from "./refusal";
import { belief, believe } from "./trust-state";
import { Keyring, maySign, type TrustedKey } from "./trusted-keys";

/**
 * The policy in force, as far as it is public, after every check. The browser keeps the answer and asks only whether
 * it is still current; what is kept is checked again.
 *
 * @throws BundleRefused for a policy that must not be used: stripped, forged, older, or for another page
 * @throws ApiProblem where the server does not answer
 */
export async function loadBundle(): Promise<PublicView> {
  const answer = await readPolicy().catch((error: unknown) => {
    throw isProblem(error, "unreadable") ? new BundleRefused("damaged") : error;
  });
  const before = belief();
  if (before.keys.length === 0) throw new BundleRefused("no_keys");
  const accepted = await checked(answer, before);
  believe(accepted.belief);
  return accepted.view;
}

export type SignedPolicy = components["schemas"]["SignedPolicy"];

/** The last policy that this browser has accepted; `after`: the place in the log of the last switch that it believed. */
export interface Seen {
  name: string;
  version: number;
  digest: string;
  after: number;
}

/** What a browser believes before it looks at a policy. */
export interface Belief {
  keys: readonly TrustedKey[];
  seen: Seen | null;
}

/** A policy that may be used, and what the browser believes from here on. */
export interface Accepted {
  view: PublicView;
  belief: Belief;
}

/**
 * Checks what `GET /v1/policy` answered: signed by a key that may, whole, for this page, not older than the last one.
 *
 * @throws BundleRefused for everything else
 */
export async function checked(answer: unknown, belief: Belief): Promise<Accepted> {
  if (!isAnswer(answer)) throw new BundleRefused("damaged");
  if (!answer.signature || !answer.key_id) throw new BundleRefused("forged");
  const ring = await (await Keyring.of(belief.keys)).withNotes(answer.notes);
  const key = await ring.check({ key_id: answer.key_id, signature: answer.signature, text: answer.view });
  const view = parsed(answer.view);
  if (view.format !== 1 || view.normalizer !== NORMALIZER_VERSION) throw new BundleRefused("other_release");
  if (!maySign(key, view.name, view.version)) throw new BundleRefused("unknown_key");
  if (view.digest !== answer.digest || view.version !== answer.version) throw new BundleRefused("forged");
  const { seen } = belief;
  // Versions only go up: two policies with one version were never signed here.
  if (view.name === seen?.name && view.version === seen.version && view.digest !== seen.digest)
    throw new BundleRefused("forged");
  const after = await refuseOlder(view, seen, answer.notes, ring);
  const { name, version, digest } = view;
  return { view, belief: { keys: ring.keys, seen: { name, version, digest, after } } };
}

/** Another policy, or a lower version, needs a note of the operator that is about exactly this change. */
async function refuseOlder(
  view: PublicView,
  seen: Seen | null,
  notes: readonly Signed[],
  ring: Keyring,
): Promise<number> {
  const after = seen?.after ?? 0;
  if (!seen || (view.name === seen.name && view.version >= seen.version)) return after;
  const signed = notes.find(({ text }) => text.includes('"note":"switch"'));
  if (!signed) throw new BundleRefused("older");
  await ring.checkNote(signed);
  const note = JSON.parse(signed.text) as SwitchNote;
  const known = view.name === seen.name ? seen.version : 0;
  const fits = note.digest === view.digest && note.name === view.name && note.version === view.version;
  if (!fits || note.highest < known || note.after <= after) throw new BundleRefused("older");
  return note.after;
}

function parsed(text: string): PublicView {
  try {
    return JSON.parse(text) as PublicView;
  } catch {
    throw new BundleRefused("damaged");
  }
}

function isAnswer(answer: unknown): answer is SignedPolicy {
  if (typeof answer !== "object" || answer === null) return false;
  const { digest, view, key_id, signature, notes, version } = answer as Partial<SignedPolicy>;
  return (
    [digest, view].every((field) => typeof field === "string") &&
    [key_id, signature].every((field) => field === undefined || typeof field === "string") &&
    typeof version === "number" &&
    Array.isArray(notes) &&
    notes.every((note) => typeof note?.text === "string" && typeof note.signature === "string")
  );
}
