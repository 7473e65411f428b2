import { type InterestKind, readNotInterested } from "../../platform/api/interests";
import { formatDate } from "../../platform/browser/format";
import { t } from "../../platform/i18n";
import { useResource } from "../../platform/state/use-resource";
import { Failure, Skeleton } from "../../ui/ListStates";
import { InterestSwitch } from "./InterestSwitch";

/** What the user is not interested in, with a way to take it back. A row stays, so that a slip can be mended. */
export function NotInterestedPanel() {
  const resource = useResource("not-interested", readNotInterested);
  const lists = resource.data.value;
  const isEmpty = lists && lists.communities.length + lists.people.length === 0;
  return (
    <section class="settings-part">
      <h2 class="section-title">{t("recommendations.list.title")}</h2>
      <p class="meta">{t("recommendations.list.hint")}</p>
      {!lists && resource.loading.value && <Skeleton items={1} />}
      {resource.error.value !== undefined && <Failure error={resource.error.value} retry={resource.reload} />}
      {isEmpty && <p>{t("recommendations.list.empty")}</p>}
      <ul class="grants">
        {lists?.communities.map(({ name, title, since }) => (
          <Row key={`c/${name}`} kind="community" name={name} label={title || name} since={since} />
        ))}
        {lists?.people.map(({ handle, since }) => (
          <Row key={`u/${handle}`} kind="person" name={handle} label={`@${handle}`} since={since} />
        ))}
      </ul>
    </section>
  );
}

function Row({
  kind,
  name,
  label,
  since,
}: {
  kind: InterestKind;
  name: string;
  label: string;
  since: string;
}) {
  return (
    <li class="grant">
      <div>
        <p dir="auto">{label}</p>
        <p class="meta">{t("recommendations.list.since", { date: formatDate(since) })}</p>
      </div>
      <InterestSwitch kind={kind} name={name} label={label} refused />
    </li>
  );
}
