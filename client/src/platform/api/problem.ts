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

/** Everything that can go wrong with a request, in one shape. `status` 0 means that no answer came. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly fields: FieldProblem[];
  /** Seconds until a retry makes sense, where the server said so. */
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

  fieldMessage(field: string): string | undefined {
    return this.fields.find((problem) => problem.field === field)?.message;
  }
}

function fieldProblem(error: NonNullable<ProblemBody["errors"]>[number]): FieldProblem {
  const field = error.field ?? String(error.loc?.at(-1) ?? "");
  return { field: field.split(".").at(-1) ?? field, message: error.message ?? error.msg ?? "is not valid" };
}

export function unreachable(): ApiProblem {
  return new ApiProblem(0, { title: "No answer from the server", code: "unreachable" });
}

/** An answer came and broke off, or is nothing of ours: what it would have said is as unknown as if none had come. */
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
