import { formatDate } from "../platform/browser/format";
import { t } from "../platform/i18n";
import { refusal, waits } from "../platform/state/session";

/** A note for somebody who waits for an approval, or whose sign-up was refused; nothing for everybody else. */
export function StandingNote() {
  if (refusal.value) {
    const { reason, erased_at } = refusal.value;
    return (
      <section class="note" aria-label={t("ui.standing.refused")}>
        <h2>{t("ui.standing.refused")}</h2>
        <p>{t("ui.standing.refused_reason", { reason })}</p>
        <p class="meta">{t("ui.standing.refused_until", { date: formatDate(erased_at) })}</p>
      </section>
    );
  }
  if (!waits.value) return null;
  return (
    <section class="note" aria-label={t("ui.standing.waiting")}>
      <h2>{t("ui.standing.waiting")}</h2>
      <p>{t("ui.standing.waiting_text")}</p>
    </section>
  );
}
