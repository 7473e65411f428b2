import type { Timeline, TimelineSpan } from "../../platform/api/types";
import { type MessageKey, t } from "../../platform/i18n";
import { type Axis, buildAxis } from "./time-axis";

export interface FactMark {
  key: string;
  label: string;
  type: string;
  ms: number;
  at: number;
}

export interface SpanBar {
  key: string;
  name: string;
  startMs: number;
  durationMs: number;
  at: number;
  width: number;
  failed: boolean;
}

/** The spans of one service; overlapping bars are in different rows. */
export interface Lane {
  service: string;
  rows: SpanBar[][];
}

export interface TimelineLayout {
  axis: Axis;
  marks: FactMark[];
  lanes: Lane[];
  traceIds: string[];
}

const NS_PER_MS = 1e6;
/** Services in the order in which a post passes through them. */
const SERVICES = ["browser", "gateway", "moderation", "embeddings", "ranking"];
const LABELS: Readonly<Record<string, MessageKey>> = {
  "post.submitted": "timeline.fact.submitted",
  "post.edited": "timeline.fact.edited",
  "post.withdrawn": "timeline.fact.withdrawn",
  "post.appealed": "timeline.fact.appealed",
  "post.decided": "timeline.fact.decided",
  "embedding.stored": "timeline.fact.indexed",
};

export function layOutTimeline(timeline: Timeline): TimelineLayout {
  const spans = timeline.spans.map((span) => ({ span, start: toMs(span.start_ns), end: toMs(span.end_ns) }));
  const facts = timeline.facts.map((fact) => ({ fact, ms: Date.parse(fact.occurred_at) }));
  const axis = buildAxis([...spans, ...facts.map(({ ms }) => ({ start: ms, end: ms }))]);
  const marks = facts.map(({ fact, ms }) => ({
    key: `${fact.sequence}`,
    label: factLabel(fact.type, fact.outcome),
    type: fact.type,
    ms,
    at: axis.place(ms),
  }));
  const traceIds = [...new Set(timeline.spans.map((span) => span.trace_id))];
  return { axis, marks, lanes: lanesOf(spans, axis), traceIds };
}

/** Unix nanoseconds as milliseconds. JSON numbers round them to a fraction of a microsecond, too little to see. */
function toMs(ns: number | string): number {
  return Number(ns) / NS_PER_MS;
}

/** The label of a fact; a type that this page does not know keeps its name. */
export function factLabel(type: string, outcome: string | null): string {
  if (type === "post.decided" && outcome) return t("timeline.fact.decided_as", { outcome });
  const label = LABELS[type];
  return label ? t(label) : type;
}

interface TimedSpan {
  span: TimelineSpan;
  start: number;
  end: number;
}

function lanesOf(spans: readonly TimedSpan[], axis: Axis): Lane[] {
  const services = [...new Set(spans.map(({ span }) => span.service))].toSorted(
    (a, b) => order(a) - order(b),
  );
  return services.map((service) => {
    const own = spans.filter(({ span }) => span.service === service).toSorted((a, b) => a.start - b.start);
    return { service, rows: rowsOf(own).map((row) => row.map((timed) => barOf(timed, axis))) };
  });
}

function order(service: string): number {
  const index = SERVICES.indexOf(service);
  return index === -1 ? SERVICES.length : index;
}

/** Assigns each span to the first row that is free at its start. */
function rowsOf(spans: readonly TimedSpan[]): TimedSpan[][] {
  const rows: TimedSpan[][] = [];
  for (const timed of spans) {
    const free = rows.find((row) => (row.at(-1)?.end ?? 0) <= timed.start);
    if (free) free.push(timed);
    else rows.push([timed]);
  }
  return rows;
}

function barOf({ span, start, end }: TimedSpan, axis: Axis): SpanBar {
  return {
    key: span.span_id,
    name: span.name,
    startMs: start,
    durationMs: end - start,
    at: axis.place(start),
    width: axis.place(end) - axis.place(start),
    failed: (span.status ?? "").toLowerCase() === "error",
  };
}
