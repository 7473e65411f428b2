interface Props<Id extends string> {
  label: string;
  options: readonly { id: Id; label: string; hint?: string }[];
  /** Null if the page shows none of the options. */
  current: Id | null;
  addressOf: (id: Id) => string;
  class?: string;
}

/** One choice of several as links, so that each option has its own address. */
export function ChoiceLinks<Id extends string>(props: Props<Id>) {
  const { label, options, current, addressOf, class: className = "sorts small" } = props;
  return (
    <ul class={className} aria-label={label}>
      {options.map(({ id, label: text, hint }) => (
        <li key={id}>
          <a
            href={addressOf(id)}
            {...(hint ? { title: hint } : {})}
            {...(id === current ? { "aria-current": "true" as const } : {})}
          >
            {text}
          </a>
        </li>
      ))}
    </ul>
  );
}
