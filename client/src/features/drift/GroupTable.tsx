import { ChoiceLinks } from "../../ui/ChoiceLinks";
import { BYS, type DriftSelection, driftUrl, type Group, type Share } from "./reports";
import { nameOf, percent } from "./words";

interface Props {
  groups: readonly Group[];
  choice: DriftSelection;
}

/** The same numbers for each tier, or for each pair of policies or models. */
export function GroupTable({ groups, choice }: Props) {
  return (
    <>
      <div class="feed-head">
        <ChoiceLinks
          label="Grouped"
          options={BYS}
          current={choice.by}
          addressOf={(by) => driftUrl({ ...choice, by })}
        />
      </div>
      {groups.length === 0 ? (
        <p class="meta">No preview has met its decision in this time.</p>
      ) : (
        <table class="drift-table">
          <thead>
            <tr>
              <th scope="col">Preview</th>
              <th scope="col">Decided</th>
              <th scope="col">False reassurance</th>
              <th scope="col">False alarm</th>
              <th scope="col">Agreement</th>
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => (
              <tr key={`${group.preview} ${group.decision}`}>
                <th scope="row">{nameOf(group, choice.by)}</th>
                <td data-label="Decided">
                  <span>{group.distance.decided}</span>
                </td>
                <Cell label="False reassurance" share={group.distance.false_reassurance} />
                <Cell label="False alarm" share={group.distance.false_alarm} />
                <Cell label="Agreement" share={group.distance.agreement} />
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Cell({ label, share }: { label: string; share: Share }) {
  const { count, of, low, high, enough } = share;
  if (of === 0 || low === null || high === null)
    return (
      <td data-label={label}>
        <span>none</span>
      </td>
    );
  return (
    <td data-label={label}>
      <span>
        {count} of {of}
      </span>
      <span class="meta">{enough ? `${percent(low)}–${percent(high)}` : "too few"}</span>
    </td>
  );
}
