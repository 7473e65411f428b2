import { Icon } from "../components/Icon";
import { copyText } from "../state/copy";

/** Something to quote, and a button that copies it. */
export function CopyButton({ label, text }: { label: string; text: string }) {
  const copy = () => copyText(text, `${label} copied.`, "Select it and copy it by hand.");
  return (
    <span class="copy">
      <code>{text}</code>
      <button type="button" class="icon-button" aria-label={`Copy ${label}`} onClick={copy}>
        <Icon name="copy" size={16} />
      </button>
    </span>
  );
}
