import { askProvider } from "./provider";
import { ProviderError } from "./provider-error";
import { conforms, type Schema } from "./read-answer";
import type { Provider } from "./setup";
import type { Usage } from "./spend";

export type { Schema };

/** What a language model makes of a text. Only numbers are taken from it, and one sentence to show. */
export interface ProviderAssessment {
  scores: Readonly<Record<string, number>>;
  rationale: string;
  usage: Usage;
  tookMs: number;
}

/**
 * Asks for probabilities with the policy's own prompt. What does not keep to the policy's schema is refused whole.
 *
 * @throws ProviderProblem
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
