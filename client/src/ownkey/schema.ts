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
