import type { Description } from "../../platform/state/notices";

/** What can go wrong between this browser and a provider. */
export type ProviderErrorCode =
  | "not_allowed"
  | "unreachable"
  | "cross_origin"
  | "timeout"
  | "unauthorized"
  | "forbidden"
  | "no_money"
  | "not_found"
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
  ) {
    super(code);
    this.name = "ProviderProblem";
  }
}

const WORDS: Record<ProviderErrorCode, [title: string, advice: string]> = {
  not_allowed: ["This page may not talk to your provider yet.", "Allow its address in the settings."],
  unreachable: ["Your provider does not answer.", "Is the address right, and is the server running?"],
  cross_origin: [
    "Your provider is there, but does not let web pages ask it.",
    "A local server has a setting for allowed origins (CORS); some providers take requests from servers only.",
  ],
  timeout: ["Your provider took too long.", "It is asked again when you change the text."],
  unauthorized: ["Your provider does not accept the key.", "Is it complete, and still valid?"],
  forbidden: ["Your provider does not allow this with your key.", "Perhaps the key is for other models."],
  no_money: ["Your provider says that the account has run out.", "It is not asked again until you reload."],
  not_found: ["Your provider does not know this address or model.", "Look at both in the settings."],
  too_many: ["Your provider asks for a pause.", "It is asked again in half a minute at the earliest."],
  not_understood: [
    "Your provider does not understand the request.",
    "Perhaps the model cannot answer in a fixed form. Try another one.",
  ],
  refused: ["Your provider's model refused to answer.", "That says nothing about your text."],
  server_error: ["Your provider is in trouble right now.", "It is asked again when you change the text."],
  not_json: ["Your provider's answer was not in the agreed form.", "Nothing was made of it."],
  wrong_shape: ["Your provider's answer was not in the agreed form.", "Nothing was made of it."],
  cut_off: ["Your provider's answer broke off.", "Nothing was made of it."],
  cap: ["Your limit for today is reached.", "Your provider is not asked any more today; you can raise it."],
};

/** A provider's failure in words; what is safe is said by whoever shows it. */
export function describeProviderError({ code, status }: ProviderError): Description {
  const [title, detail] = WORDS[code];
  return { title, detail: status > 0 ? `${detail} (HTTP ${status})` : detail };
}

export function errorCodeOf(status: number): ProviderErrorCode {
  if (status === 401) return "unauthorized";
  if (status === 402) return "no_money";
  if (status === 403) return "forbidden";
  if (status === 404) return "not_found";
  if (status === 429) return "too_many";
  return status >= 500 ? "server_error" : "not_understood";
}
