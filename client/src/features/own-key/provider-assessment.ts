import { askProvider, type Schema } from "./ask-provider";
import type { Usage } from "./daily-spend";
import { ProviderError } from "./provider-error";
import type { Provider } from "./provider-setup";

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

/** Returns true if the value matches the schema. */
function conforms(value: unknown, schema: Schema): boolean {
  if (schema.type === "string") return typeof value === "string";
  if (schema.type === "number") return isNumberIn(value, schema);
  if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  const known = schema.properties ?? {};
  if (schema.required?.some((name) => !fields.has(name))) return false;
  return Array.from(fields).every(([name, field]) => {
    const expected = Object.hasOwn(known, name) ? known[name] : undefined;
    return expected ? conforms(field, expected) : schema.additionalProperties !== false;
  });
}

function isNumberIn(value: unknown, { minimum = -Infinity, maximum = Infinity }: Schema): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= minimum && value <= maximum;
}
