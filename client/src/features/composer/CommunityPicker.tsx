import { useSignal } from "@preact/signals";
import type { Community } from "../../platform/api/types";
import { t } from "../../platform/i18n";
import { communities, filterCommunities, findCommunity } from "../communities/communities";

interface Props {
  value: string;
  disabled: boolean;
  problem?: string | undefined;
  onPick: (name: string) => void;
}

/** An editable combobox over all communities, with list autocomplete (ARIA Authoring Practices). */
export function CommunityPicker({ value, disabled, problem, onPick }: Props) {
  const picker = usePicker(communities.value ?? [], onPick);
  const chosen = picker.options[picker.active];
  return (
    <div class="picker">
      <label for="community">{t("composer.community.label")}</label>
      <input
        dir="auto"
        id="community"
        role="combobox"
        aria-expanded={picker.open}
        aria-controls="community-options"
        aria-autocomplete="list"
        {...(chosen ? { "aria-activedescendant": `community-option-${picker.active}` } : {})}
        aria-invalid={problem !== undefined}
        autocomplete="off"
        placeholder={t("composer.community.placeholder")}
        disabled={disabled}
        value={picker.typed ?? (findCommunity(value)?.title || value)}
        onFocus={() => picker.type("")}
        onClick={() => picker.open || picker.type("")}
        onInput={(event) => picker.type(event.currentTarget.value)}
        onKeyDown={picker.onKeyDown}
        onBlur={picker.close}
      />
      <PickerOptions
        options={picker.options}
        active={picker.active}
        open={picker.open}
        onPick={picker.pick}
      />
      {problem && <p class="field-problem">{problem}</p>}
    </div>
  );
}

interface OptionsProps {
  options: readonly Community[];
  active: number;
  open: boolean;
  onPick: (name: string) => void;
}

/** The list below the community field. Focus stays in the field; `aria-activedescendant` points to the active option. */
export function PickerOptions({ options, active, open, onPick }: OptionsProps) {
  return (
    <div
      id="community-options"
      class="picker-options"
      role="listbox"
      aria-label={t("composer.community.options")}
      hidden={!open}
    >
      {options.map((option, index) => (
        // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the field; aria-activedescendant names the option.
        <div
          key={option.name}
          id={`community-option-${index}`}
          role="option"
          aria-selected={index === active}
          // On click would be too late: by then the field has lost focus and the list is closed.
          onPointerDown={(event) => {
            event.preventDefault();
            onPick(option.name);
          }}
        >
          <span dir="auto">{option.title || option.name}</span>
          {option.title !== option.name && <span class="meta">{option.name}</span>}
        </div>
      ))}
      {open && options.length === 0 && <p class="meta">{t("composer.community.no_match")}</p>}
    </div>
  );
}

/** As many options as fit above a phone's keyboard; beyond that, typing is faster. */
const SHOWN_OPTIONS = 8;
const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };

/** State of the combobox: the typed text, the options that match it, and the active option. */
export function usePicker(all: readonly Community[], onPick: (name: string) => void) {
  const typed = useSignal<string | null>(null);
  const active = useSignal(0);
  const open = typed.value !== null;
  const options = open ? filterCommunities(all, typed.value ?? "").slice(0, SHOWN_OPTIONS) : [];
  const type = (text: string) => {
    typed.value = text;
    active.value = 0;
  };
  const close = () => {
    typed.value = null;
  };
  const pick = (name: string | undefined) => {
    if (name) onPick(name);
    close();
  };
  const step = (by: number) => {
    if (!open) type("");
    else active.value = Math.min(Math.max(active.value + by, 0), Math.max(options.length - 1, 0));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") close();
    if (event.key === "Enter" && open) pick(options[active.value]?.name);
    const by = STEPS[event.key];
    if (by !== undefined) step(by);
    // Enter picks an option here; it must not submit the form.
    if (event.key === "Enter" || by !== undefined) event.preventDefault();
  };
  return { typed: typed.value, active: active.value, open, options, type, close, pick, onKeyDown };
}
