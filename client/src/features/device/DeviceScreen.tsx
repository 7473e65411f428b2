import { useEffect } from "preact/hooks";
import { type RequestLogEntry, requestLog } from "../../platform/api/request-log";
import { formatBytes } from "../../platform/browser/format";
import { t } from "../../platform/i18n";
import { Screen } from "../../ui/Screen";
import { OwnKeyPanel } from "../own-key/OwnKeyPanel";
import { detectBrowserModel } from "../suggestions/source";
import { PreviewSwitches, SuggestionSwitches } from "./Switches";

/** This device and AI: what looks at a text before it is sent, what it costs, and what leaves the device for it. */
export function DeviceScreen() {
  useEffect(() => {
    void detectBrowserModel();
  }, []);
  return (
    <Screen title="This device and AI">
      <PreviewSwitches />
      <SuggestionSwitches />
      <OwnKeyPanel />
      <DataFlowNote />
      <RequestLogTable />
    </Screen>
  );
}

/** What leaves this device, and when. */
export function DataFlowNote() {
  return (
    <section class="settings-part" aria-labelledby="leaves-title">
      <h2 id="leaves-title" class="section-title">
        What leaves this device
      </h2>
      <ul class="plain-list">
        <li>
          A text goes to this site when you post it, or when you ask for a server check. Drafts stay here.
        </li>
        <li>
          With your own key, texts go to your provider while you pause, and when you ask it for a suggestion.
          With them goes the community's guideline; your name, your history and your place do not.
        </li>
        <li>
          After a preview this site hears which kind it was, what it said and how long it took, with a
          fingerprint of the text that fits only this one preview. Never the text.
        </li>
        <li>Times of your clicks and requests, without text, so that a post's timeline can show them.</li>
        <li>Nothing goes to anybody else.</li>
      </ul>
    </section>
  );
}

/** Whom this page has asked since it was loaded, and how much went either way. */
export function RequestLogTable() {
  const rows = requestLog.value.toSorted((a, b) => rank(a) - rank(b) || a.purpose.localeCompare(b.purpose));
  return (
    <section class="settings-part">
      <h2 id="request-log-title" class="section-title">
        Whom this page has asked
      </h2>
      <p class="meta">
        Since you loaded it, as counted on this device. The page's own files come before, all from here.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a table that scrolls sideways has to be reached. */}
      <section class="request-log-frame" aria-labelledby="request-log-title" tabIndex={0}>
        <table class="request-log">
          <thead>
            <tr>
              <th scope="col">For what</th>
              <th scope="col">Whom</th>
              <th scope="col">Requests</th>
              <th scope="col">Sent</th>
              <th scope="col">Received</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.origin} ${row.purpose}`}>
                <th scope="row">{t(`device.requests.purpose.${row.purpose}`)}</th>
                <td>{row.origin || "this site"}</td>
                <td>{row.requests.toLocaleString("en")}</td>
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

/** Others first: that is what people look for here. */
function rank({ origin }: RequestLogEntry): number {
  return origin === "" ? 1 : 0;
}
