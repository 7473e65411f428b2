import { t } from "../../platform/i18n";
import type { Description } from "../../platform/state/error-messages";

/** Causes of a failed request to a provider. */
export type ProviderErrorCode =
  | "not_allowed"
  | "unreachable"
  | "cross_origin"
  | "timeout"
  | "unauthorized"
  | "forbidden"
  | "no_money"
  | "not_found"
  | "redirected"
  | "too_many"
  | "not_understood"
  | "refused"
  | "server_error"
  | "not_json"
  | "wrong_shape"
  | "cut_off"
  | "cap";

export class ProviderError extends Error {
  constructor(
    readonly code: ProviderErrorCode,
    readonly status = 0,
    /** The provider's own words, which may quote the text. */
    readonly sentence = "",
  ) {
    super(code);
    this.name = "ProviderError";
  }
}

/** Describes a provider's failure for the user. */
export function describeProviderError({ code, status }: ProviderError): Description {
  const title = t(`own_key.error.${code}.title`);
  const detail = t(`own_key.error.${code}.detail`, { origin: window.location.origin });
  return {
    title,
    detail: status > 0 ? t("own_key.error.with_status", { detail, status: String(status) }) : detail,
  };
}

/** Returns the error code for an HTTP status of 400 or above. */
export function errorCodeOf(status: number): ProviderErrorCode {
  if (status === 401) return "unauthorized";
  if (status === 402) return "no_money";
  if (status === 403) return "forbidden";
  if (status === 404) return "not_found";
  if (status === 429) return "too_many";
  return status >= 500 ? "server_error" : "not_understood";
}
