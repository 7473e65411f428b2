import { Icon } from "../components/Icon";
import { announce, report } from "../state/notices";

/** Something to quote, and a button that copies it. */
export function CopyButton({ label, text }: { label: string; text: string }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      announce(`${label} copied.`);
    } catch (error) {
      report(error, "Select it and copy it by hand.");
    }
  };
  return (
    <span class="copy">
      <code>{text}</code>
      <button type="button" class="icon-button" aria-label={`Copy ${label}`} onClick={copy}>
        <Icon name="copy" size={16} />
      </button>
    </span>
  );
}
