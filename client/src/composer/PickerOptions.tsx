import type { Community } from "../api/types";

interface Props {
  options: readonly Community[];
  active: number;
  open: boolean;
  onPick: (name: string) => void;
}

/** The list below the community field. Focus stays in the field, which names the active option. */
export function PickerOptions({ options, active, open, onPick }: Props) {
  return (
    <div id="community-options" class="picker-options" role="listbox" aria-label="Communities" hidden={!open}>
      {options.map((option, index) => (
        // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the field; aria-activedescendant names the option.
        <div
          key={option.name}
          id={`community-option-${index}`}
          role="option"
          aria-selected={index === active}
          // The field would lose focus, and with it the list, before a click could arrive.
          onPointerDown={(event) => {
            event.preventDefault();
            onPick(option.name);
          }}
        >
          <span>{option.title || option.name}</span>
          {option.title !== option.name && <span class="meta">{option.name}</span>}
        </div>
      ))}
      {open && options.length === 0 && <p class="meta">No community has these letters in its name.</p>}
    </div>
  );
}
