import { communities, findCommunity } from "../state/communities";
import { PickerOptions } from "./PickerOptions";
import { usePicker } from "./use-picker";

interface Props {
  value: string;
  disabled: boolean;
  problem?: string | undefined;
  onPick: (name: string) => void;
}

/** A combobox over all communities (ARIA authoring practices: editable, list autocomplete). */
export function CommunityPicker({ value, disabled, problem, onPick }: Props) {
  const picker = usePicker(communities.value ?? [], onPick);
  const chosen = picker.options[picker.active];
  return (
    <div class="picker">
      <label for="community">Community</label>
      <input
        id="community"
        role="combobox"
        aria-expanded={picker.open}
        aria-controls="community-options"
        aria-autocomplete="list"
        {...(chosen ? { "aria-activedescendant": `community-option-${picker.active}` } : {})}
        aria-invalid={problem !== undefined}
        autocomplete="off"
        placeholder="Choose a community"
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
