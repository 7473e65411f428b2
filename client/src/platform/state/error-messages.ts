import { ApiProblem } from "../api/api-problem";
import { joinSentences, type MessageKey, t } from "../i18n";

export interface Description {
  /** The problem. */
  title: string;
  /** Reassurance about what is safe, and advice. */
  detail: string;
}

/** Messages for problem codes. For other codes the status decides, then the server's own detail. */
const TITLES: Readonly<Record<string, MessageKey>> = {
  appeal_too_late: "error.appeal_too_late",
  claimed: "error.claimed",
  community_exists: "error.community_exists",
  community_unknown: "error.community_unknown",
  control_character: "error.control_character",
  csrf_mismatch: "error.csrf_mismatch",
  direction_control: "error.direction_control",
  empty: "error.empty",
  challenge_expired: "error.challenge_expired",
  handle_looks_alike: "error.handle_looks_alike",
  handle_reserved: "error.handle_reserved",
  handle_taken: "error.handle_taken",
  hidden_character: "error.hidden_character",
  identity_not_fresh: "error.identity_not_fresh",
  identity_of_another: "error.identity_of_another",
  identity_provider_unavailable: "error.identity_provider_unavailable",
  identity_refused: "error.identity_refused",
  identity_unknown: "error.identity_unknown",
  no_identity_provider: "error.no_identity_provider",
  too_many_identities: "error.too_many_identities",
  not_published: "error.not_published",
  invitation_invalid: "error.invitation_invalid",
  invitation_needed: "error.invitation_needed",
  last_sign_in: "error.last_sign_in",
  nothing_to_appeal: "error.nothing_to_appeal",
  outcome_unknown: "error.outcome_unknown",
  passkey_of_another: "error.passkey_of_another",
  passkey_unknown: "error.passkey_unknown",
  parent_unknown: "error.parent_unknown",
  password_common: "error.password_common",
  password_has_handle: "error.password_has_handle",
  password_has_site_name: "error.password_has_site_name",
  revision_conflict: "error.revision_conflict",
  shows_nothing: "error.shows_nothing",
  sign_up_refused: "error.sign_up_refused",
  sign_ups_closed: "error.sign_ups_closed",
  suspended: "error.suspended",
  user_unknown: "error.user_unknown",
  view_behind: "error.view_behind",
  mail_unavailable: "error.mail_unavailable",
  own_account: "error.own_account",
  proof_needed: "error.proof_needed",
  too_many_guesses: "error.too_many_guesses",
  too_many_interests: "error.too_many_interests",
  waiting_for_approval: "error.waiting_for_approval",
  wrong_code: "error.wrong_code",
  wrong_credentials: "error.wrong_credentials",
  wrong_password: "error.wrong_password",
};

/** Codes of a sign-in that failed, whose session has not ended: it has not begun. */
const NOT_SIGNED_IN_YET = new Set(["wrong_credentials", "wrong_code", "passkey_unknown", "identity_refused"]);

/** Describes any error to the user: what happened, what is safe, what to do. */
export function describeError(error: unknown, safe = ""): Description {
  if (!(error instanceof ApiProblem)) return { title: t("error.unexpected"), detail: safe };
  return { title: titleOf(error), detail: joinSentences(safe, adviceFor(error)) };
}

/** An error as one line: title and detail. */
export function errorLine(error: unknown, safe = ""): string {
  const { title, detail } = describeError(error, safe);
  return joinSentences(title, detail);
}

function titleOf(problem: ApiProblem): string {
  const key = TITLES[problem.code];
  if (key) return t(key);
  if (problem.unreachable) return t(navigator.onLine ? "error.unreachable" : "error.offline");
  if (problem.status === 401) return t("error.signed_out");
  if (problem.status === 404) return t("error.not_found");
  if (problem.status === 429) return t("error.too_many_requests");
  if (problem.status >= 500) return t("error.server");
  return problem.detail || t("error.not_accepted");
}

function adviceFor({ code, status, unreachable, retryAfter }: ApiProblem): string {
  if (unreachable) return t("error.advice.reconnect");
  if (status === 401 && !NOT_SIGNED_IN_YET.has(code)) return t("error.advice.sign_in");
  if (status === 429) {
    return retryAfter ? t("error.advice.retry_after", { seconds: retryAfter }) : t("error.advice.wait");
  }
  return status >= 500 ? t("error.advice.later") : "";
}
