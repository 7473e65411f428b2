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

interface Props {
  spec: FieldSpec;
  value: string;
  problem: string | undefined;
  onInput: (value: string) => void;
}

/** A labelled field with its hint and its problem. */
export function FormField({ spec, value, problem, onInput }: Props) {
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
