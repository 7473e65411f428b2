import { route } from "../../platform/browser/router";
import { t } from "../../platform/i18n";
import { can, sessionKnown, user } from "../../platform/state/session";
import { useResource } from "../../platform/state/use-resource";
import { ChoiceLinks } from "../../ui/ChoiceLinks";
import { Failure, NotAllowed, Skeleton } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import {
  type DriftSelection,
  driftUrl,
  readDrift,
  readExperiment,
  selectionOf,
  windowOptions,
} from "./drift-api";
import { GroupTable } from "./GroupTable";
import { PreviewAccuracyReport } from "./PreviewAccuracyReport";
import { PreviewExperimentReport } from "./PreviewExperimentReport";

/** For moderators: differences between previews and decisions, and the experiment that measures their benefit. */
export function DriftScreen() {
  return (
    <Screen title={t("drift.title")} aside={<AboutNumbers />}>
      {sessionKnown.value && <Page choice={selectionOf(route.value)} />}
    </Screen>
  );
}

function Page({ choice }: { choice: DriftSelection }) {
  if (!user.value || !can("see_drift")) {
    return <NotAllowed title={t("ui.moderators_only.title")} to="/drift" />;
  }
  return (
    <>
      <div class="feed-head">
        <ChoiceLinks
          label={t("drift.window")}
          options={windowOptions()}
          current={choice.window}
          addressOf={(window) => driftUrl({ ...choice, window })}
        />
      </div>
      <DriftSection choice={choice} />
      <ExperimentSection choice={choice} />
    </>
  );
}

function DriftSection({ choice }: { choice: DriftSelection }) {
  const resource = useResource(`${choice.window} ${choice.by}`, (signal) => readDrift(choice, signal));
  const drift = resource.data.value;
  return (
    <section aria-label={t("drift.distance")}>
      {resource.error.value !== undefined && <Failure error={resource.error.value} retry={resource.reload} />}
      {!drift && resource.loading.value && <Skeleton items={2} />}
      {drift && (
        <>
          <p class="meta drift-sum">
            {t("drift.summary", {
              submits: drift.submits,
              decided: drift.total.decided,
              undecided: drift.undecided,
            })}
          </p>
          {drift.unjudged > 0 && <p class="meta">{t("drift.unjudged", { count: drift.unjudged })}</p>}
          <p class="meta">{t("drift.withheld", { people: drift.fewest_people })}</p>
          <PreviewAccuracyReport drift={drift} />
          <h2 class="section-title">{t("drift.groups.title")}</h2>
          <GroupTable groups={drift.groups} choice={choice} />
        </>
      )}
    </section>
  );
}

function ExperimentSection({ choice }: { choice: DriftSelection }) {
  const resource = useResource(choice.window, (signal) => readExperiment(choice.window, signal));
  const experiment = resource.data.value;
  return (
    <section aria-labelledby="experiment">
      <h2 id="experiment" class="section-title">
        {t("drift.experiment.title")}
      </h2>
      {resource.error.value !== undefined && <Failure error={resource.error.value} retry={resource.reload} />}
      {experiment && <PreviewExperimentReport experiment={experiment} />}
    </section>
  );
}

function AboutNumbers() {
  return (
    <section class="note">
      <h2>{t("drift.about.title")}</h2>
      <p>{t("drift.about.source")}</p>
      <p>{t("drift.about.limits")}</p>
    </section>
  );
}
