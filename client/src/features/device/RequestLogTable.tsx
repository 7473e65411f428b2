import { type RequestLogEntry, requestLog } from "../../platform/api/request-log";
import { formatBytes } from "../../platform/browser/format";

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
                <th scope="row">{row.purpose}</th>
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
