import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { communities, filterCommunities, findCommunity } from "../state/communities";

/** More than fits on a phone above its keyboard is not worth listing: typing is faster. */
const SHOWN = 8;

interface Props {
  value: string;
  disabled: boolean;
  problem?: string | undefined;
  onPick: (name: string) => void;
}

/** A combobox over all communities (ARIA authoring practices: editable, list autocomplete). */
export function CommunityPicker({ value, disabled, problem, onPick }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const typed = useSignal<string | null>(null);
  const active = useSignal(0);
  const open = typed.value !== null;
  const options = open ? filterCommunities(communities.value ?? [], typed.value ?? "").slice(0, SHOWN) : [];
  const pick = (name: string | undefined) => {
    if (name) onPick(name);
    typed.value = null;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") typed.value = null;
    if (event.key === "Enter" && open) pick(options[active.value]?.name);
    if (step !== undefined && !open) typed.value = "";
    if (step !== undefined)
      active.value = Math.min(Math.max(active.value + step, 0), Math.max(options.length - 1, 0));
    if (event.key === "Enter" || step !== undefined) event.preventDefault();
  };
  return (
    <div class="picker">
      <label for="community">Community</label>
      <input
        id="community"
        ref={input}
        role="combobox"
        aria-expanded={open}
        aria-controls="community-options"
        aria-autocomplete="list"
        {...(options[active.value] ? { "aria-activedescendant": `community-option-${active.value}` } : {})}
        aria-invalid={problem !== undefined}
        autocomplete="off"
        placeholder="Choose a community"
        disabled={disabled}
        value={typed.value ?? (findCommunity(value)?.title || value)}
        onFocus={() => {
          typed.value = "";
          active.value = 0;
        }}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          active.value = 0;
        }}
        onKeyDown={onKeyDown}
        onBlur={() => {
          typed.value = null;
        }}
      />
      <div
        id="community-options"
        class="picker-options"
        role="listbox"
        aria-label="Communities"
        hidden={!open}
      >
        {options.map((option, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the field; aria-activedescendant names the option.
          <div
            key={option.name}
            id={`community-option-${index}`}
            role="option"
            aria-selected={index === active.value}
            // The field would lose focus, and with it the list, before a click could arrive.
            onPointerDown={(event) => {
              event.preventDefault();
              pick(option.name);
              input.current?.blur();
            }}
          >
            <span>{option.title || option.name}</span>
            {option.title !== option.name && <span class="meta">{option.name}</span>}
          </div>
        ))}
        {open && options.length === 0 && <p class="meta">No community has these letters in its name.</p>}
      </div>
      {problem && <p class="field-problem">{problem}</p>}
    </div>
  );
}
