interface Props<Id extends string> {
  label: string;
  options: readonly { id: Id; label: string }[];
  current: Id;
  addressOf: (id: Id) => string;
}

/** One choice of several as links, so that each has an address. */
export function ChoiceLinks<Id extends string>({ label, options, current, addressOf }: Props<Id>) {
  return (
    <div class="feed-head">
      <ul class="sorts small" aria-label={label}>
        {options.map((option) => (
          <li key={option.id}>
            <a
              href={addressOf(option.id)}
              {...(option.id === current ? { "aria-current": "true" as const } : {})}
            >
              {option.label}
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}
