import { askProvider } from "./ask-provider";
import { findAssessment } from "./assessment-text";
import type { Usage } from "./daily-spend";
import { ProviderError } from "./provider-error";
import type { Provider } from "./provider-setup";
import type { Schema } from "./request-form";

export type { Schema };

/** A language model's assessment of a text: its scores are used, and one sentence is shown. */
export interface ProviderAssessment {
  scores: Readonly<Record<string, number>>;
  rationale: string;
  usage: Usage;
  tookMs: number;
}

/**
 * Asks the provider for probabilities with the policy's prompt. Besides the scores of the schema's categories only the
 * rationale is read.
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
  const assessment = findAssessment(text, schema.properties?.scores?.required ?? []);
  if (!assessment) throw new ProviderError(text.includes("{") ? "wrong_shape" : "not_json");
  return { ...assessment, usage, tookMs };
}
