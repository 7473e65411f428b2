import { rich, t } from "../../platform/i18n";
import { loadPolicy, policy, policyRefusal } from "../../platform/state/active-policy";
import { useResource } from "../../platform/state/use-resource";
import { Failure, Skeleton } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { ReadersOf, ReadersPart } from "./Readers";

/** Explains what reads a text, what it looks for, how often it is wrong, and where one can say no. */
export function ReadersScreen() {
  const { error, loading, reload } = useResource("policy", loadPolicy);
  const view = policy.value;
  return (
    <Screen title={t("device.readers.screen")}>
      <p class="readers-summary">{t("device.readers.summary")}</p>
      {error.value !== undefined && !view && <Failure error={error.value} retry={reload} />}
      {policyRefusal.value && <p role="alert">{t(`previews.refused.${policyRefusal.value.reason}`)}</p>}
      {!view && loading.value && <Skeleton items={2} />}
      {view && <ReadersOf view={view} />}
      <ReadText />
      <Places />
      <Choices days={view?.appeal_days} />
    </Screen>
  );
}

function ReadText() {
  return (
    <ReadersPart name="text">
      <ul class="plain-list">
        <li>{t("device.readers.text.read")}</li>
        <li>{t("device.readers.text.unread")}</li>
        <li>{t("device.readers.text.not_read")}</li>
        <li>{t("device.readers.text.drafts")}</li>
      </ul>
    </ReadersPart>
  );
}

function Places() {
  return (
    <ReadersPart name="places">
      <ul class="plain-list">
        <li>{rich("device.readers.places.device", { strong: (text) => <strong>{text}</strong> })}</li>
        <li>{rich("device.readers.places.server", { strong: (text) => <strong>{text}</strong> })}</li>
      </ul>
    </ReadersPart>
  );
}

function Choices({ days }: { days: number | undefined }) {
  return (
    <ReadersPart name="choices">
      <ul class="plain-list">
        <li>{rich("device.readers.choices.device", { link: (text) => <a href="/device">{text}</a> })}</li>
        <li>{t("device.readers.choices.server")}</li>
        {days !== undefined && <li>{t("device.readers.choices.appeal", { days })}</li>}
        <li>{t("device.readers.choices.report")}</li>
      </ul>
    </ReadersPart>
  );
}
