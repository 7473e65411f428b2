import { t } from "../platform/i18n";
import { announce, report } from "../platform/state/notices";
import { Icon } from "./Icon";

/** A code to quote, with a button that copies it. */
export function CopyButton({ label, text }: { label: string; text: string }) {
  const copy = () => copyText(text, t("ui.copied", { label }), t("ui.copy_by_hand"));
  return (
    <span class="copy">
      <code>{text}</code>
      <button type="button" class="icon-button" aria-label={t("ui.copy", { label })} onClick={copy}>
        <Icon name="copy" size={16} />
      </button>
    </span>
  );
}

/** Copies text to the clipboard and announces `success`; reports `advice` if the browser refuses. */
export async function copyText(text: string, success: string, advice: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    announce(success);
  } catch (error) {
    report(error, advice);
  }
}
