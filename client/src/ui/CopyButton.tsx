import { announce, report } from "../platform/state/notices";
import { Icon } from "./Icon";

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

/** Puts words on the clipboard and says so; `otherwise`: what to do where the browser does not let the page. */
export async function copyText(text: string, said: string, otherwise: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    announce(said);
  } catch (error) {
    report(error, otherwise);
  }
}
