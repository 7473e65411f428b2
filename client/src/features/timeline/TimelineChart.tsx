import { formatMs } from "../../platform/browser/format";
import { t } from "../../platform/i18n";
import type { TimelineLayout } from "./timeline-layout";

/** Beyond the middle, labels are placed to the left of their marks. */
const LABEL_TO_THE_LEFT = 0.5;
/** Share of the axis that "1.5 min" needs on the narrowest phone. The list below has all durations. */
const LABEL_ROOM = 0.12;

/** A chart of facts, spans by service, and pauses as hatched bands. The list below has the same content. */
export function TimelineChart({ layout }: { layout: TimelineLayout }) {
  const { axis, marks, lanes } = layout;
  return (
    <div
      class="chart"
      role="img"
      aria-label={t("timeline.chart", { facts: marks.length, services: lanes.length })}
    >
      <div class="chart-plot">
        {axis.gaps.map((gap) => (
          <div
            key={gap.start}
            class={gap.shortened ? "gap shortened" : "gap"}
            style={{ left: percent(gap.at), width: percent(gap.width) }}
          >
            {gap.width > LABEL_ROOM && <span>{formatMs(gap.end - gap.start)}</span>}
          </div>
        ))}
        <div class="chart-facts">
          {marks.map((mark) => (
            <div key={mark.key} class="chart-fact" style={{ left: percent(mark.at) }}>
              <span class={mark.at > LABEL_TO_THE_LEFT ? "chart-fact-label end" : "chart-fact-label"}>
                {mark.label}
              </span>
            </div>
          ))}
        </div>
        {lanes.map((lane) => (
          <div key={lane.service} class="lane">
            <p class="lane-name">{lane.service}</p>
            {lane.rows.map((row) => (
              <div key={row[0]?.key} class="lane-row">
                {row.map((bar) => (
                  <span
                    key={bar.key}
                    class={`bar ${lane.service}${bar.failed ? " failed" : ""}`}
                    style={{ left: percent(bar.at), width: percent(bar.width) }}
                    title={t("timeline.chart.bar", { name: bar.name, duration: formatMs(bar.durationMs) })}
                  />
                ))}
              </div>
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)}%`;
}

interface Entry {
  key: string;
  ms: number;
  kind: "fact" | "span";
  what: string;
  where: string;
  took: string;
}

/** The timeline as a list, ordered by start. */
export function TimelineList({ layout }: { layout: TimelineLayout }) {
  const { start } = layout.axis;
  return (
    <ol class="moments">
      {entries(layout).map((entry) => (
        <li key={entry.key} class={entry.kind}>
          <span class="moment-at">{formatMs(entry.ms - start, "exceptZero")}</span>
          <span class="moment-what">
            {entry.what}
            <span class="meta"> {entry.where}</span>
          </span>
          <span class="moment-took">{entry.took}</span>
        </li>
      ))}
    </ol>
  );
}

function entries({ marks, lanes }: TimelineLayout): Entry[] {
  const facts = marks.map<Entry>(({ key, ms, label, type }) => ({
    key,
    ms,
    kind: "fact",
    what: label,
    where: type,
    took: "",
  }));
  const spans = lanes.flatMap(({ service, rows }) =>
    rows.flat().map<Entry>((bar) => ({
      key: bar.key,
      ms: bar.startMs,
      kind: "span",
      what: bar.name,
      where: bar.name.startsWith(service) ? "" : service,
      took: bar.failed
        ? t("timeline.took_failed", { duration: formatMs(bar.durationMs) })
        : formatMs(bar.durationMs),
    })),
  );
  return [...facts, ...spans].toSorted((a, b) => a.ms - b.ms);
}
