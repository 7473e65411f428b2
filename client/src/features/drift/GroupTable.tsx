import { formatNumber, formatPercent } from "../../platform/browser/format";
import { t } from "../../platform/i18n";
import { ChoiceLinks } from "../../ui/ChoiceLinks";
import { groupLabel } from "./accuracy-texts";
import { type DriftSelection, driftUrl, type Group, groupingOptions, type Share } from "./drift-api";

interface Props {
  groups: readonly Group[];
  choice: DriftSelection;
}

/** The shares by tier, or by pair of policies or models. */
export function GroupTable({ groups, choice }: Props) {
  return (
    <>
      <div class="feed-head">
        <ChoiceLinks
          label={t("drift.by")}
          options={groupingOptions()}
          current={choice.by}
          addressOf={(by) => driftUrl({ ...choice, by })}
        />
      </div>
      {groups.length === 0 ? (
        <p class="meta">{t("drift.table.empty")}</p>
      ) : (
        <table class="drift-table">
          <thead>
            <tr>
              <th scope="col">{t("drift.table.preview")}</th>
              <th scope="col">{t("drift.table.decided")}</th>
              <th scope="col">{t("drift.false_reassurance")}</th>
              <th scope="col">{t("drift.false_alarm")}</th>
              <th scope="col">{t("drift.agreement")}</th>
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => (
              <GroupRow
                key={`${group.preview} ${group.decision}`}
                group={group}
                name={groupLabel(group, choice.by)}
              />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function GroupRow({ group: { distance }, name }: { group: Group; name: string }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td data-label={t("drift.table.decided")}>
        <span>{formatNumber(distance.decided)}</span>
      </td>
      <Cell label={t("drift.false_reassurance")} share={distance.false_reassurance} />
      <Cell label={t("drift.false_alarm")} share={distance.false_alarm} />
      <Cell label={t("drift.agreement")} share={distance.agreement} />
    </tr>
  );
}

function Cell({ label, share }: { label: string; share: Share }) {
  const { count, of, low, high, enough, withheld } = share;
  if (of === 0 || low === null || high === null)
    return (
      <td data-label={label}>
        <span>{t(withheld ? "drift.table.withheld" : "drift.table.none")}</span>
      </td>
    );
  return (
    <td data-label={label}>
      <span>{t("drift.table.count", { count, of })}</span>
      <span class="meta">
        {enough
          ? t("drift.table.interval", { low: formatPercent(low), high: formatPercent(high) })
          : t("drift.table.too_few")}
      </span>
    </td>
  );
}
