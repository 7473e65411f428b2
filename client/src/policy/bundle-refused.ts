/** Reasons not to use a policy. */
export type RefusalReason =
  | "no_crypto"
  | "no_keys"
  | "unknown_key"
  | "forged"
  | "older"
  | "damaged"
  | "other_release";

/** Thrown for a policy that must not be used: no preview is better than a wrong one. */
export class BundleRefused extends Error {
  constructor(readonly reason: RefusalReason) {
    super(reason);
    this.name = "BundleRefused";
  }
}
