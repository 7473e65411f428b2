export interface FieldProblem {
  field: string;
  message: string;
}

interface ProblemBody {
  title?: string;
  detail?: string;
  code?: string;
  errors?: { field?: string; loc?: (string | number)[]; message?: string; msg?: string }[];
}

/** A failed request, as problem details (RFC 9457). `status` 0 means that no answer came. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly fields: FieldProblem[];
  /** Seconds until a retry makes sense, from the Retry-After header. */
  readonly retryAfter: number | null;

  constructor(status: number, body: ProblemBody, retryAfter: number | null = null) {
    super(body.title ?? "The request failed");
    this.name = "ApiProblem";
    this.status = status;
    this.code = body.code ?? `http_${status}`;
    this.detail = body.detail ?? "";
    this.fields = (body.errors ?? []).map(fieldProblem);
    this.retryAfter = retryAfter;
  }

  /** No answer came: the outcome of a write is unknown, and only the same id may be sent again. */
  get unreachable(): boolean {
    return this.status === 0;
  }

  /** The server's message for a field; empty if it gave none, undefined for a valid field. */
  fieldMessage(field: string): string | undefined {
    return this.fields.find((problem) => problem.field === field)?.message;
  }
}

function fieldProblem(error: NonNullable<ProblemBody["errors"]>[number]): FieldProblem {
  const field = error.field ?? String(error.loc?.at(-1) ?? "");
  return { field: field.split(".").at(-1) ?? field, message: error.message ?? error.msg ?? "" };
}

export function unreachable(): ApiProblem {
  return new ApiProblem(0, { title: "No answer from the server", code: "unreachable" });
}

/** The answer was cut off or is not JSON, so the outcome is as unknown as without an answer. */
export function unreadable(): ApiProblem {
  return new ApiProblem(0, { title: "The server's answer could not be read", code: "unreadable" });
}

/** Reads a failed response; a body that is not a problem document still becomes one. */
export async function problemFrom(response: Response): Promise<ApiProblem> {
  const wait = Number(response.headers.get("retry-after"));
  const retryAfter = Number.isFinite(wait) && wait > 0 ? wait : null;
  try {
    return new ApiProblem(response.status, (await response.json()) as ProblemBody, retryAfter);
  } catch {
    return new ApiProblem(response.status, { title: response.statusText }, retryAfter);
  }
}
