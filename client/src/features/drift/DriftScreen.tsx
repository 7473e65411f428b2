import { countOf } from "../../platform/browser/format";
import { route } from "../../platform/browser/router";
import { useResource } from "../../platform/state/resource";
import { can, sessionKnown, user } from "../../platform/state/session";
import { ChoiceLinks } from "../../ui/ChoiceLinks";
import { Empty, Failure, SignInRequired, Skeleton } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { DistanceReport } from "./DistanceReport";
import { ExperimentReport } from "./ExperimentReport";
import { GroupTable } from "./GroupTable";
import { type DriftSelection, driftUrl, readDrift, readExperiment, selectionOf, WINDOWS } from "./reports";

/** For moderators: how far previews and decisions are apart, and whether previews are worth having. */
export function DriftScreen() {
  return (
    <Screen title="Previews and decisions" aside={<WhatThisIs />}>
      {sessionKnown.value && <Page choice={selectionOf(route.value)} />}
    </Screen>
  );
}

function Page({ choice }: { choice: DriftSelection }) {
  if (!user.value) return <SignInRequired to="/drift" />;
  if (!can("see_drift")) {
    return <Empty title="This is for moderators.">You can read and write everywhere else.</Empty>;
  }
  return (
    <>
      <div class="feed-head">
        <ChoiceLinks
          label="Within"
          options={WINDOWS}
          current={choice.window}
          addressOf={(window) => driftUrl({ ...choice, window })}
        />
      </div>
      <DriftSection choice={choice} />
      <WorthSection choice={choice} />
    </>
  );
}

function DriftSection({ choice }: { choice: DriftSelection }) {
  const resource = useResource(`${choice.window} ${choice.by}`, (signal) => readDrift(choice, signal));
  const drift = resource.data.value;
  return (
    <section aria-label="How far apart they are">
      {resource.error.value !== undefined && <Failure error={resource.error.value} retry={resource.reload} />}
      {!drift && resource.loading.value && <Skeleton items={2} />}
      {drift && (
        <>
          <p class="meta drift-sum">
            {countOf(drift.submits, "submission or edit", "submissions and edits")}; {drift.total.decided} met
            a decision with a preview of exactly their text; {drift.undecided} not decided yet.
          </p>
          <DistanceReport drift={drift} />
          <h2 class="section-title">In parts</h2>
          <GroupTable groups={drift.groups} choice={choice} />
        </>
      )}
    </section>
  );
}

function WorthSection({ choice }: { choice: DriftSelection }) {
  const resource = useResource(choice.window, (signal) => readExperiment(choice.window, signal));
  const worth = resource.data.value;
  return (
    <section aria-labelledby="worth">
      <h2 id="worth" class="section-title">
        Are previews worth it?
      </h2>
      {resource.error.value !== undefined && <Failure error={resource.error.value} retry={resource.reload} />}
      {worth && <ExperimentReport worth={worth} />}
    </section>
  );
}

function WhatThisIs() {
  return (
    <section class="note">
      <h2>What this is</h2>
      <p>
        Previews are what people’s devices say about themselves. They may be wrong, late or made up, so these
        numbers are telemetry, never evidence against anybody. Nothing that decides reads them.
      </p>
      <p>
        A preview counts only where the very text that it saw was submitted, by the same person. Kept are 30
        days, without any text.
      </p>
    </section>
  );
}
