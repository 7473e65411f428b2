/** The subset of JSON Schema that the policy's output schema uses. */
export interface Schema {
  type: "object" | "number" | "string";
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: boolean;
  minimum?: number;
  maximum?: number;
}

export interface Question {
  system: string;
  user: string;
  /** Asks for JSON of this schema; without it the answer is plain text. */
  schema?: Schema;
}

/** The forms of a chat request: servers differ in what they know. The server’s `request_form.py` follows the same order. */
export interface RequestForm {
  /** How the JSON of the answer is asked for; `text`: by words only. */
  answer: "json_schema" | "json_object" | "text";
}

export const FIRST_FORM: RequestForm = { answer: "json_schema" };

/** Statuses with which servers refuse a parameter. */
export const REFUSES_PARAMETER = new Set([400, 422, 501]);
/** Words of servers that cannot constrain an answer to a schema. */
const FORMAT_WORDS = [
  "response_format",
  "json_schema",
  "json_object",
  "structured output",
  "grammar",
  "guided",
];

/**
 * Returns the form to try after a server has refused one with this sentence; null: another would not help.
 *
 * @param guess no request has worked yet, so that the form may be the cause although the sentence does not name it
 */
export function nextForm({ answer }: RequestForm, sentence: string, guess: boolean): RequestForm | null {
  const words = sentence.toLowerCase();
  if (!guess && !FORMAT_WORDS.some((word) => words.includes(word))) return null;
  if (answer === "json_schema") return { answer: "json_object" };
  return answer === "json_object" ? { answer: "text" } : null;
}

/** Returns the body of a request. Where the server does not enforce the schema, the model is told. */
export function bodyOf(model: string, { system, user, schema }: Question, form: RequestForm): object {
  const isTold = schema && form.answer !== "json_schema";
  const messages = [
    { role: "system", content: isTold ? `${system}\nThe schema: ${JSON.stringify(schema)}` : system },
    { role: "user", content: user },
  ];
  if (!schema || form.answer === "text") return { model, messages };
  return {
    model,
    messages,
    response_format: form.answer === "json_object" ? { type: form.answer } : strict(schema),
  };
}

function strict(schema: Schema) {
  return { type: "json_schema", json_schema: { name: "assessment", strict: true, schema } };
}
