import { formatDate } from "../../platform/browser/format";
import { t } from "../../platform/i18n";
import { voteWeight } from "../../platform/state/session";

/** What the user's votes and reports count now, when they will count fully, and what changes that. */
export function VoteWeightPanel() {
  const weight = voteWeight.value;
  if (!weight) return null;
  return (
    <section class="settings-part">
      <h2 class="section-title">{t("accounts.weight.title")}</h2>
      {weight.full_at ? (
        <>
          <p>{t("accounts.weight.now", { percent: weight.percent, date: formatDate(weight.full_at) })}</p>
          <p class="meta">{t("accounts.weight.changes")}</p>
        </>
      ) : (
        <p>{t("accounts.weight.full")}</p>
      )}
    </section>
  );
}
