import { ask } from "./provider";
import { ProviderProblem } from "./provider-error";
import type { Provider } from "./setup";
import type { Usage } from "./spend";

/** What a language model makes of a text. Only numbers are taken from it, and one sentence to show. */
export interface KeyPass {
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
export async function assess(
  provider: Provider,
  prompt: { system: string; user: string },
  schema: Schema,
  signal: AbortSignal,
): Promise<KeyPass> {
  const { text, usage, tookMs } = await ask(provider, { ...prompt, schema }, signal);
  const answer = parsed(text);
  if (!conforms(answer, schema)) throw new ProviderProblem("wrong_shape");
  const { scores, rationale } = answer as Pick<KeyPass, "scores" | "rationale">;
  return { scores, rationale, usage, tookMs };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProviderProblem("not_json");
  }
}

/** The part of JSON Schema that the policy's output schema uses. */
export interface Schema {
  type: "object" | "number" | "string";
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: boolean;
  minimum?: number;
  maximum?: number;
}

/** Whether a value is exactly what the schema asks for. */
export function conforms(value: unknown, schema: Schema): boolean {
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
