import { formatMs } from "../state/quantities";
import type { TimelineLayout } from "./layout";

interface Entry {
  key: string;
  ms: number;
  kind: "fact" | "span";
  what: string;
  where: string;
  took: string;
}

/** The same timeline as a list, in the order of its beginnings. */
export function TimelineList({ layout }: { layout: TimelineLayout }) {
  const { start } = layout.axis;
  return (
    <ol class="moments">
      {entries(layout).map((entry) => (
        <li key={entry.key} class={entry.kind}>
          <span class="moment-at">+{formatMs(entry.ms - start)}</span>
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
      took: bar.failed ? `${formatMs(bar.durationMs)}, failed` : formatMs(bar.durationMs),
    })),
  );
  return [...facts, ...spans].toSorted((a, b) => a.ms - b.ms);
}
