/** Why a policy is not used. */
export type RefusalReason =
  | "no_crypto"
  | "no_keys"
  | "unknown_key"
  | "forged"
  | "older"
  | "damaged"
  | "other_release";

const WORDS: Record<RefusalReason, string> = {
  no_crypto:
    "This browser cannot check who signed the rules, or the page came without encryption. So they are not used.",
  no_keys: "This page came without the key that the rules are signed with. So they are not used.",
  unknown_key:
    "The rules are signed with a key that this browser does not know. So they are not used. “This device and AI” says " +
    "what you can do where whoever runs this site has replaced the key.",
  forged: "The rules that arrived are not signed as they should be. So they are not used.",
  older: "The rules that arrived are older than those that this browser has seen. So they are not used.",
  damaged: "The rules arrived damaged. So they are not used.",
  other_release: "The rules are made for another version of this page. Reload it to use them.",
};

/** Thrown for a policy that must not be used: no preview is better than a wrong one. */
export class BundleRefused extends Error {
  constructor(readonly reason: RefusalReason) {
    super(reason);
  }

  /** For the person who writes. */
  get words(): string {
    return WORDS[this.reason];
  }
}
