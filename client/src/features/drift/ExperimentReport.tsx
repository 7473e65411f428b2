import { countOf } from "../../platform/browser/format";
import { InfoDisclosure } from "../../ui/Disclosure";
import { Icon, type IconName } from "../../ui/Icon";
import type { ArmReport, Comparison, Experiment } from "./reports";
import { differenceOf, findingOf, formatMeasure, groupName, savedOf, sentence } from "./words";

const ICONS: Record<Experiment["verdict"], IconName> = {
  helps: "check",
  harms: "stop",
  no_benefit_shown: "pause",
  not_enough: "pause",
  nothing_to_compare: "pause",
};

/** Whether previews are worth it, in words first: people with them against people without, drawn by chance. */
export function ExperimentReport({ worth }: { worth: Experiment }) {
  return (
    <>
      <p class="drift-verdict">
        <Icon name={ICONS[worth.verdict]} size={18} />
        <span>{worth.says}</span>
      </p>
      {worth.arms.length > 0 && <Groups arms={worth.arms} />}
      <ul class="drift-comparisons">
        {(worth.arms.length > 0 ? worth.comparisons : []).map((comparison) => (
          <ComparisonItem key={comparison.measure} comparison={comparison} arms={worth.arms} />
        ))}
      </ul>
    </>
  );
}

function Groups({ arms }: { arms: readonly ArmReport[] }) {
  return (
    <ul class="meta drift-arms">
      {arms.map((arm) => (
        <li key={arm.arm}>
          {groupName(arm)}: {countOf(arm.people, "person", "people")}, {countOf(arm.submits, "submission")}
        </li>
      ))}
    </ul>
  );
}

function ComparisonItem({ comparison, arms }: { comparison: Comparison; arms: readonly ArmReport[] }) {
  const { measure, title, counts } = comparison;
  const saved = savedOf(comparison);
  return (
    <li>
      <h3>{title}</h3>
      <dl class="drift-sides">
        {arms.map((arm) => (
          <div key={arm.arm}>
            <dt>{groupName(arm)}</dt>
            <dd>{formatMeasure(measure, arm.measures[measure]?.value)}</dd>
          </div>
        ))}
        {comparison.difference !== null && (
          <div>
            <dt>Difference, and where it may lie</dt>
            <dd>{differenceOf(comparison)}</dd>
          </div>
        )}
      </dl>
      {arms.some(isTrial) && (
        <p class="drift-finding">
          {findingOf(comparison)}
          {saved && `: ${saved}`}
        </p>
      )}
      <InfoDisclosure title="What is counted">
        <p class="meta">{sentence(counts)}</p>
      </InfoDisclosure>
    </li>
  );
}

/** Only sides that were drawn by chance are compared. */
function isTrial({ arm }: ArmReport): boolean {
  return arm === "trial_with" || arm === "trial_without";
}
