import { NORMALIZER_VERSION } from "./normalize";
import type { PublicView, Signed, SwitchNote } from "./public-view";
import { BundleRefused } from "./refusal";
import type { SeenPolicy, TrustState, TrustStore } from "./trust-state";
import { maySign, TrustedKeys } from "./trusted-keys";

/**
 * Verifies what `GET /v1/policy` answered against the keys that this browser trusts, and remembers what it has seen.
 *
 * @throws BundleRefused for a policy that must not be used: stripped, forged, older, or for another page
 */
export async function acceptBundle(answer: unknown, store: TrustStore): Promise<PublicView> {
  const before = store.state();
  if (before.keys.length === 0) throw new BundleRefused("no_keys");
  const { view, trust } = await verifyBundle(answer, before);
  store.save(trust);
  return view;
}

/** The signed policy, as the server sends it. */
export interface SignedPolicy {
  digest: string;
  version: number;
  /** The public view as JSON, exactly as it was signed. */
  view: string;
  key_id?: string;
  signature?: string;
  /** Notes of the operator: new keys, and switches to another policy or a lower version. */
  notes: Signed[];
}

/** A policy that may be used, and the trust state after it. */
export interface VerifiedBundle {
  view: PublicView;
  trust: TrustState;
}

/**
 * Checks what `GET /v1/policy` answered: signed by a key that may, whole, for this page, not older than the last one.
 *
 * @throws BundleRefused for everything else
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
  // Versions only go up: two policies with one version were never signed here.
  if (view.name === seen?.name && view.version === seen.version && view.digest !== seen.digest)
    throw new BundleRefused("forged");
  const after = await refuseOlder(view, seen, answer.notes, keys);
  const { name, version, digest } = view;
  return { view, trust: { keys: keys.keys, seen: { name, version, digest, after } } };
}

/** Another policy, or a lower version, needs a note of the operator that is about exactly this change. */
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
