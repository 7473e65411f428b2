import { BundleRefused } from "./bundle-refused";
import { NORMALIZER_VERSION } from "./normalize";
import type { PublicView, Signed, SwitchNote } from "./public-view";
import type { SeenPolicy, TrustState, TrustStore } from "./trust-state";
import { maySign, TrustedKeys } from "./trusted-keys";

/**
 * Verifies a response of `GET /v1/policy` against the trust state of this browser, and saves the new trust state.
 *
 * @throws BundleRefused for a policy that must not be used: incomplete, forged, older, or for another version of the page
 */
export async function acceptBundle(answer: unknown, store: TrustStore): Promise<PublicView> {
  const before = store.state();
  if (before.keys.length === 0) throw new BundleRefused("no_keys");
  const { view, trust } = await verifyBundle(answer, before);
  store.save(trust);
  return view;
}

/** The signed policy as the server sends it. */
export interface SignedPolicy {
  digest: string;
  version: number;
  /** The public view as JSON text, exactly as it was signed. */
  view: string;
  key_id?: string;
  signature?: string;
  /** Signed notes of the operator: new keys, and switches to another policy or to a lower version. */
  notes: Signed[];
}

/** A verified policy and the trust state after it. */
export interface VerifiedBundle {
  view: PublicView;
  trust: TrustState;
}

/**
 * Checks a response of `GET /v1/policy`: signed by a trusted key, complete, made for this version of the page, and not
 * older than the last accepted policy.
 *
 * @throws BundleRefused
 */
export async function verifyBundle(answer: unknown, trust: TrustState): Promise<VerifiedBundle> {
  if (!isAnswer(answer)) throw new BundleRefused("damaged");
  if (!answer.signature || !answer.key_id) throw new BundleRefused("forged");
  const keys = await (await TrustedKeys.of(trust.keys)).withNotes(answer.notes);
  const key = await keys.verify({ key_id: answer.key_id, signature: answer.signature, text: answer.view });
  const view = parsed(answer.view);
  if (view.format !== 1 || view.normalizer !== NORMALIZER_VERSION) throw new BundleRefused("other_release");
  if (!maySign(key, view.name, view.version)) throw new BundleRefused("unknown_key");
  if (view.digest !== answer.digest || view.version !== answer.version) throw new BundleRefused("forged");
  const { seen } = trust;
  // Versions only increase, so two different policies with the same version mean a forgery.
  if (view.name === seen?.name && view.version === seen.version && view.digest !== seen.digest)
    throw new BundleRefused("forged");
  const after = await refuseOlder(view, seen, answer.notes, keys);
  const { name, version, digest } = view;
  return { view, trust: { keys: keys.keys, seen: { name, version, digest, after } } };
}

/**
 * Refuses another policy or a lower version without the operator's signed note for exactly this change.
 *
 * @returns the position in the log of the last switch
 */
async function refuseOlder(
  view: PublicView,
  seen: SeenPolicy | null,
  notes: readonly Signed[],
  keys: TrustedKeys,
): Promise<number> {
  const after = seen?.after ?? 0;
  if (!seen || (view.name === seen.name && view.version >= seen.version)) return after;
  const signed = notes.find(({ text }) => text.includes('"note":"switch"'));
  if (!signed) throw new BundleRefused("older");
  await keys.verifyNote(signed);
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
