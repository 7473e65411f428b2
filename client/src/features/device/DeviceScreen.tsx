import { useEffect } from "preact/hooks";
import { type RequestLogEntry, requestLog } from "../../platform/api/request-log";
import { formatBytes } from "../../platform/browser/format";
import { t } from "../../platform/i18n";
import { Screen } from "../../ui/Screen";
import { OwnKeyPanel } from "../own-key/OwnKeyPanel";
import { detectBrowserModel } from "../suggestions/suggestion-source";
import { PreviewSwitches, SuggestionSwitches } from "./FeatureSwitches";

/** Settings of previews and suggestions, with their cost and the data that leaves this device. */
export function DeviceScreen() {
  useEffect(() => {
    void detectBrowserModel();
  }, []);
  return (
    <Screen title={t("device.screen")}>
      <PreviewSwitches />
      <SuggestionSwitches />
      <OwnKeyPanel />
      <DataFlowNote />
      <RequestLogTable />
    </Screen>
  );
}

/** A list of the data that leaves this device. */
export function DataFlowNote() {
  return (
    <section class="settings-part" aria-labelledby="leaves-title">
      <h2 id="leaves-title" class="section-title">
        {t("device.data.title")}
      </h2>
      <ul class="plain-list">
        <li>{t("device.data.text")}</li>
        <li>{t("device.data.provider")}</li>
        <li>{t("device.data.previews")}</li>
        <li>{t("device.data.timings")}</li>
        <li>{t("device.data.nobody_else")}</li>
      </ul>
    </section>
  );
}

/** The request log: the requests of this page by purpose and destination, with the bytes sent and received. */
export function RequestLogTable() {
  const rows = requestLog.value.toSorted((a, b) => rank(a) - rank(b) || a.purpose.localeCompare(b.purpose));
  return (
    <section class="settings-part">
      <h2 id="request-log-title" class="section-title">
        {t("device.requests.title")}
      </h2>
      <p class="meta">{t("device.requests.explanation")}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling table must be reachable by keyboard. */}
      <section class="request-log-frame" aria-labelledby="request-log-title" tabIndex={0}>
        <table class="request-log">
          <thead>
            <tr>
              <th scope="col">{t("device.requests.column.purpose")}</th>
              <th scope="col">{t("device.requests.column.destination")}</th>
              <th scope="col">{t("device.requests.column.requests")}</th>
              <th scope="col">{t("device.requests.column.sent")}</th>
              <th scope="col">{t("device.requests.column.received")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.origin} ${row.purpose}`}>
                <th scope="row">{t(`device.requests.purpose.${row.purpose}`)}</th>
                <td>{row.origin || t("device.requests.this_site")}</td>
                <td>{t("device.requests.count", { count: row.requests })}</td>
                <td>{formatBytes(row.sent)}</td>
                <td>{formatBytes(row.received)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

/** Sorts other destinations before this site: users look for them first. */
function rank({ origin }: RequestLogEntry): number {
  return origin === "" ? 1 : 0;
}
