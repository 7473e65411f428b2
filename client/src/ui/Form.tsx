import { useSignal } from "@preact/signals";
import { isProblem } from "../platform/api/client";
import type { ApiProblem } from "../platform/api/problem";
import { describeError } from "../platform/state/notices";

interface Props {
  fields: FieldSpec[];
  action: string;
  /** What cannot be undone looks so. */
  danger?: boolean;
  send: (values: Record<string, string>) => Promise<void>;
}

const KEPT = "What you typed is still here.";

/** A failure that is not about what was typed. */
function isServerFault(problem: ApiProblem): boolean {
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
  const message =
    error.value === undefined || beside
      ? null
      : describeError(error.value, problem && isServerFault(problem) ? KEPT : "");
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
      {message && (
        <p class="field-problem" role="alert">
          {message.title} <span class="meta">{message.detail}</span>
        </p>
      )}
      <button type="submit" class={danger ? "button danger" : "button primary"} disabled={busy.value}>
        {action}
      </button>
    </form>
  );
}

export interface FieldSpec {
  name: string;
  label: string;
  hint?: string;
  secret?: boolean;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  autocomplete?: "username" | "current-password" | "new-password";
  long?: boolean;
  optional?: boolean;
  inputMode?: "decimal";
}

interface FieldProps {
  spec: FieldSpec;
  value: string;
  problem: string | undefined;
  onInput: (value: string) => void;
}

/** A labelled field with its hint and its problem. */
export function FormField({ spec, value, problem, onInput }: FieldProps) {
  const id = `field-${spec.name}`;
  const shared = {
    id,
    name: spec.name,
    class: "field",
    value,
    required: !spec.optional,
    "aria-invalid": problem !== undefined,
    "aria-describedby": `${id}-hint`,
    ...(spec.inputMode ? { inputMode: spec.inputMode } : {}),
    ...(spec.minLength ? { minLength: spec.minLength } : {}),
    ...(spec.maxLength ? { maxLength: spec.maxLength } : {}),
    onInput: (event: InputEvent) =>
      onInput((event.currentTarget as HTMLInputElement | HTMLTextAreaElement).value),
  };
  return (
    <div class="form-field">
      <label for={id}>{spec.label}</label>
      {spec.long ? (
        <textarea {...shared} rows={6} />
      ) : (
        <input
          {...shared}
          {...(spec.secret ? { type: "password" as const } : { type: "text" as const })}
          autocomplete={spec.autocomplete ?? "off"}
          autocapitalize="none"
          spellcheck={false}
          {...(spec.pattern ? { pattern: spec.pattern } : {})}
        />
      )}
      <p id={`${id}-hint`} class={problem ? "field-problem" : "meta"}>
        {problem ?? spec.hint}
      </p>
    </div>
  );
}
