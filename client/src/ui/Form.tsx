import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { ApiProblem } from "../platform/api/api-problem";
import { isProblem } from "../platform/api/client";
import { t } from "../platform/i18n";
import { describeError } from "../platform/state/error-messages";

interface Props {
  fields: FieldSpec[];
  /** Values to begin with. */
  initial?: Record<string, string>;
  action: string;
  /** Marks an action that cannot be undone. */
  danger?: boolean;
  /** For a form that a button has opened: its first field, or its button, gets the focus. */
  opened?: boolean;
  send: (values: Record<string, string>) => Promise<void>;
  /** Choices between the fields and the button. */
  children?: ComponentChildren;
}

/** True for a failure that the typed values did not cause. */
function isServerFault(problem: ApiProblem): boolean {
  return problem.unreachable || problem.status >= 500;
}

/** A short form with one button. Each problem appears beside its field. */
export function Form({ fields, initial = {}, action, danger, opened, send, children }: Props) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (opened) form.current?.querySelector<HTMLElement>("input, textarea, button")?.focus();
  }, []);
  const values = useSignal<Record<string, string>>(initial);
  const error = useSignal<unknown>(undefined);
  const busy = useSignal(false);
  const checked = (field: FieldSpec) => {
    const value = values.value[field.name] ?? "";
    return value === "" ? "" : (field.check?.(value, values.value) ?? "");
  };
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    if (fields.some((field) => checked(field))) return;
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
  const beside = fields.some((field) => problem?.fieldMessage(field.name) !== undefined);
  const message =
    error.value === undefined || beside
      ? null
      : describeError(error.value, problem && isServerFault(problem) ? t("ui.input_kept") : "");
  return (
    <form class="form" ref={form} onSubmit={onSubmit}>
      {fields.map((field) => (
        <FormField
          key={field.name}
          spec={field}
          value={values.value[field.name] ?? ""}
          problem={checked(field) || problem?.fieldMessage(field.name)}
          onInput={(value) => {
            values.value = { ...values.value, [field.name]: value };
          }}
        />
      ))}
      {children}
      {message && (
        <p class="field-problem" role="alert" dir="auto">
          {message.title}{" "}
          <span class="meta" dir="auto">
            {message.detail}
          </span>
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
  /** Returns a sentence while the value cannot be accepted; empty otherwise. */
  check?: (value: string, values: Record<string, string>) => string;
  inputMode?: "decimal";
}

interface FieldProps {
  spec: FieldSpec;
  value: string;
  problem: string | undefined;
  onInput: (value: string) => void;
}

/** A labelled field with its hint, or its problem instead of the hint. */
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
        <textarea {...shared} dir="auto" rows={6} />
      ) : (
        <input
          dir="auto"
          {...shared}
          {...(spec.secret ? { type: "password" as const } : { type: "text" as const })}
          autocomplete={spec.autocomplete ?? "off"}
          autocapitalize="none"
          spellcheck={false}
          {...(spec.pattern ? { pattern: spec.pattern } : {})}
        />
      )}
      <p id={`${id}-hint`} class={problem === undefined ? "meta" : "field-problem"}>
        {problem === undefined ? spec.hint : problem || t("ui.field_invalid")}
      </p>
    </div>
  );
}
