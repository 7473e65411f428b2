import { useSignal } from "@preact/signals";
import { changeInterest, type InterestKind } from "../../platform/api/interests";
import { t } from "../../platform/i18n";
import { announce, report } from "../../platform/state/notices";
import { can } from "../../platform/state/session";

interface Props {
  kind: InterestKind;
  /** The name of the community, or the handle of the person. */
  name: string;
  /** How the page calls it. */
  label: string;
  /** Whether the user has refused it already. */
  refused?: boolean;
  onChange?: (refused: boolean) => void;
}

/** A button that says "not interested", and then takes it back. It stays the same element, so that focus stays on it. */
export function InterestSwitch({ kind, name, label, refused = false, onChange }: Props) {
  const isRefused = useSignal(refused);
  const isSending = useSignal(false);
  if (!can("change_interests")) return null;
  const change = async () => {
    if (isSending.value) return;
    isSending.value = true;
    try {
      await changeInterest(kind, name, isRefused.value);
      isRefused.value = !isRefused.value;
      announce(
        t(isRefused.value ? "recommendations.refused" : "recommendations.taken_back", { name: label }),
      );
      onChange?.(isRefused.value);
    } catch (error) {
      report(error, t("recommendations.unchanged"));
    }
    isSending.value = false;
  };
  const [words, spoken] = isRefused.value
    ? (["recommendations.undo", "recommendations.undo.label"] as const)
    : (["recommendations.refuse", "recommendations.refuse.label"] as const);
  return (
    <button
      type="button"
      class="link-button"
      aria-label={t(spoken, { name: label })}
      onClick={() => void change()}
    >
      {t(words)}
    </button>
  );
}
