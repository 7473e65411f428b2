import { expect, test } from "vitest";
import { buildAxis, merge } from "../../../src/features/timeline/time-axis";
import { factLabel, layOutTimeline } from "../../../src/features/timeline/timeline-layout";
import type { Fact, TimelineSpan } from "../../../src/platform/api/types";

const T0 = Date.parse("2026-11-23T10:00:00Z");

function span(service: string, start: number, end: number, id = `${service}${start}`): TimelineSpan {
  const ns = (ms: number) => Math.round((T0 + ms) * 1e6);
  const rest = { parent_span_id: null, attributes: {}, status: "unset" };
  return { ...rest, name: id, service, trace_id: "t1", span_id: id, start_ns: ns(start), end_ns: ns(end) };
}

function fact(type: string, ms: number, outcome: string | null = null): Fact {
  const occurred_at = new Date(T0 + ms).toISOString();
  return { sequence: ms, type, occurred_at, actor: "a", revision: 1, outcome, took_ms: null };
}

test("overlapping intervals are merged", () => {
  const merged = merge([
    { start: 5, end: 9 },
    { start: 0, end: 6 },
    { start: 12, end: 13 },
  ]);
  expect(merged).toEqual([
    { start: 0, end: 9 },
    { start: 12, end: 13 },
  ]);
});

test("without long pauses the axis is to scale", () => {
  const axis = buildAxis([
    { start: 0, end: 60 },
    { start: 80, end: 100 },
  ]);
  expect(axis.place(0)).toBe(0);
  expect(axis.place(50)).toBeCloseTo(0.5);
  expect(axis.place(100)).toBeCloseTo(1);
  expect(axis.gaps).toHaveLength(1);
  expect(axis.gaps[0]).toMatchObject({ start: 60, end: 80, shortened: false });
});

test("a pause of hours is shortened and the work keeps its width", () => {
  const hour = 3_600_000;
  const axis = buildAxis([
    { start: 0, end: 100 },
    { start: 2 * hour, end: 2 * hour + 100 },
  ]);
  expect(axis.gaps[0]).toMatchObject({ shortened: true, start: 100, end: 2 * hour });
  expect(axis.place(100)).toBeGreaterThan(0.35);
  expect(axis.place(2 * hour + 100)).toBeCloseTo(1);
});

test("places increase with time, however many pauses are shortened", () => {
  const busy = Array.from({ length: 8 }, (_, index) => ({ start: index * 1e6, end: index * 1e6 + 10 }));
  const axis = buildAxis(busy);
  const places = busy.flatMap(({ start, end }) => [axis.place(start), axis.place(end)]);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places.at(-1)).toBeCloseTo(1);
});

test("the longer of two pauses is never drawn shorter", () => {
  const axis = buildAxis([0, 193, 273].map((ms) => ({ start: ms, end: ms })));
  expect(axis.gaps.map((gap) => gap.shortened)).toEqual([false, false]);
  expect(axis.gaps[0]?.width).toBeGreaterThan(axis.gaps[1]?.width ?? 1);
});

test("a single moment has an axis", () => {
  const axis = buildAxis([{ start: 7, end: 7 }]);
  expect(axis.place(7)).toBe(0);
  expect(axis.gaps).toEqual([]);
});

test("services are in the order in which a post passes them", () => {
  const spans = [
    span("ranking", 60, 70),
    span("moderation", 20, 50),
    span("browser", 0, 10),
    span("gateway", 3, 9),
  ];
  const { lanes } = layOutTimeline({ code: "OT-0000", facts: [], spans });
  expect(lanes.map((lane) => lane.service)).toEqual(["browser", "gateway", "moderation", "ranking"]);
});

test("overlapping bars of one service are in different rows", () => {
  const spans = [span("gateway", 0, 20), span("gateway", 5, 10), span("gateway", 30, 40)];
  const { lanes } = layOutTimeline({ code: "OT-0000", facts: [], spans });
  expect(lanes[0]?.rows.map((row) => row.length)).toEqual([2, 1]);
});

test("a timeline works without spans", () => {
  const layout = layOutTimeline({
    code: "OT-0000",
    facts: [fact("post.submitted", 0), fact("post.decided", 84, "held")],
    spans: [],
  });
  expect(layout.marks.map((mark) => mark.label)).toEqual(["Submitted", "Decided: held"]);
  expect(layout.marks.at(-1)?.at).toBeCloseTo(1);
});

test("an unknown fact is labelled by its type", () => {
  expect(factLabel("post.translated", null)).toBe("post.translated");
});
