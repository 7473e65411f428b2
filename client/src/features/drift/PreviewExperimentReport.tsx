import { t } from "../../platform/i18n";
import { InfoDisclosure } from "../../ui/Disclosure";
import { Icon, type IconName } from "../../ui/Icon";
import type { Comparison, Experiment, ExperimentGroup } from "./drift-api";
import {
  armLabel,
  differenceOf,
  findingText,
  formatMeasure,
  measureCounts,
  measureTitle,
  verdictText,
} from "./experiment-texts";

const ICONS: Record<Experiment["verdict"], IconName> = {
  helps: "check",
  harms: "stop",
  no_benefit_shown: "pause",
  not_enough: "pause",
  nothing_to_compare: "pause",
};

/** Result of the experiment: users with previews against users without, assigned at random. */
export function PreviewExperimentReport({ experiment }: { experiment: Experiment }) {
  const { verdict, arms: groups, comparisons } = experiment;
  return (
    <>
      <p class="drift-verdict">
        <Icon name={ICONS[verdict]} size={18} />
        <span>{verdictText(experiment)}</span>
      </p>
      {groups.length > 0 && <Groups groups={groups} />}
      <ul class="drift-comparisons">
        {(groups.length > 0 ? comparisons : []).map((comparison) => (
          <ComparisonItem key={comparison.measure} comparison={comparison} groups={groups} />
        ))}
      </ul>
    </>
  );
}

function Groups({ groups }: { groups: readonly ExperimentGroup[] }) {
  return (
    <ul class="meta drift-arms">
      {groups.map((group) => (
        <li key={group.arm}>
          {t("drift.experiment.group", {
            group: armLabel(group),
            people: group.people,
            submissions: group.submits,
          })}
        </li>
      ))}
    </ul>
  );
}

interface ItemProps {
  comparison: Comparison;
  groups: readonly ExperimentGroup[];
}

function ComparisonItem({ comparison, groups }: ItemProps) {
  const { measure } = comparison;
  return (
    <li>
      <h3>{measureTitle(comparison)}</h3>
      <dl class="drift-sides">
        {groups.map((group) => (
          <div key={group.arm}>
            <dt>{armLabel(group)}</dt>
            <dd>{formatMeasure(measure, group.measures[measure]?.value)}</dd>
          </div>
        ))}
        {comparison.difference !== null && (
          <div>
            <dt>{t("drift.experiment.difference")}</dt>
            <dd>{differenceOf(comparison)}</dd>
          </div>
        )}
      </dl>
      {groups.some(isTrial) && <p class="drift-finding">{findingText(comparison)}</p>}
      <InfoDisclosure title={t("drift.experiment.counted")}>
        <p class="meta">{measureCounts(comparison)}</p>
      </InfoDisclosure>
    </li>
  );
}

/** Only groups that were assigned at random are compared. */
function isTrial({ arm }: ExperimentGroup): boolean {
  return arm === "trial_with" || arm === "trial_without";
}
