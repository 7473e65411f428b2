import { useSignal } from "@preact/signals";
import { isProblem } from "../api/api";
import type { ApiProblem } from "../api/problem";
import { describe } from "../state/describe";
import { type FieldSpec, FormField } from "./FormField";

interface Props {
  fields: FieldSpec[];
  action: string;
  /** What cannot be undone looks so. */
  danger?: boolean;
  send: (values: Record<string, string>) => Promise<void>;
}

const KEPT = "What you typed is still here.";

/** A failure that is not about what was typed. */
function isUnknown(problem: ApiProblem): boolean {
  return problem.unreachable || problem.status >= 500;
}

/** A short form: fields, one button, problems beside the field that they belong to. */
export function Form({ fields, action, danger, send }: Props) {
  const values = useSignal<Record<string, string>>({});
  const error = useSignal<unknown>(undefined);
  const busy = useSignal(false);
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    busy.value = true;
    error.value = undefined;
    try {
      await send(values.value);
    } catch (problem) {
      error.value = problem;
    }
    busy.value = false;
  };
  const problem = isProblem(error.value) ? error.value : null;
  const beside = fields.some((field) => problem?.fieldMessage(field.name));
  const said =
    error.value === undefined || beside
      ? null
      : describe(error.value, problem && isUnknown(problem) ? KEPT : "");
  return (
    <form class="form" onSubmit={onSubmit}>
      {fields.map((field) => (
        <FormField
          key={field.name}
          spec={field}
          value={values.value[field.name] ?? ""}
          problem={problem?.fieldMessage(field.name)}
          onInput={(value) => {
            values.value = { ...values.value, [field.name]: value };
          }}
        />
      ))}
      {said && (
        <p class="field-problem" role="alert">
          {said.title} <span class="meta">{said.detail}</span>
        </p>
      )}
      <button type="submit" class={danger ? "button danger" : "button primary"} disabled={busy.value}>
        {action}
      </button>
    </form>
  );
}
