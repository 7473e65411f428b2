import { conforms, type Schema } from "./chat-completion";
import { askProvider } from "./provider";
import { ProviderError } from "./provider-error";
import type { Provider } from "./provider-setup";
import type { Usage } from "./spend";

export type { Schema };

/** A language model's assessment of a text: its scores are used, and one sentence is shown. */
export interface ProviderAssessment {
  scores: Readonly<Record<string, number>>;
  rationale: string;
  usage: Usage;
  tookMs: number;
}

/**
 * Asks the provider for probabilities with the policy's prompt. An answer that does not match the policy's schema is
 * rejected as a whole.
 *
 * @throws ProviderError
 */
export async function assessWithProvider(
  provider: Provider,
  prompt: { system: string; user: string },
  schema: Schema,
  signal: AbortSignal,
): Promise<ProviderAssessment> {
  const { text, usage, tookMs } = await askProvider(provider, { ...prompt, schema }, signal);
  const answer = parsed(text);
  if (!conforms(answer, schema)) throw new ProviderError("wrong_shape");
  const { scores, rationale } = answer as Pick<ProviderAssessment, "scores" | "rationale">;
  return { scores, rationale, usage, tookMs };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProviderError("not_json");
  }
}
