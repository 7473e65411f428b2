import { api } from "../../platform/api/client";
import type { components, operations } from "../../platform/api/schema";
import type { Route } from "../../platform/browser/router";
import { type MessageKey, t } from "../../platform/i18n";

type Schemas = components["schemas"];
export type Drift = Schemas["Drift"];
export type Share = Schemas["Share"];
export type Group = Schemas["DistanceGroup"];
export type Experiment = Schemas["Worth"];
export type Comparison = Schemas["Comparison"];
export type ExperimentGroup = Schemas["ArmReport"];
type Query = NonNullable<operations["see_drift_v1_drift_get"]["parameters"]["query"]>;
export type Window = NonNullable<Query["window"]>;
export type Grouping = NonNullable<Query["by"]>;

const WINDOWS: readonly { id: Window; label: MessageKey }[] = [
  { id: "day", label: "drift.window.day" },
  { id: "week", label: "drift.window.week" },
  { id: "month", label: "drift.window.month" },
];

const GROUPINGS: readonly { id: Grouping; label: MessageKey }[] = [
  { id: "tier", label: "drift.by.tier" },
  { id: "policy", label: "drift.by.policy" },
  { id: "model", label: "drift.by.model" },
];

/** The periods for a row of links. */
export const windowOptions = () => WINDOWS.map(({ id, label }) => ({ id, label: t(label) }));

/** The groupings for a row of links. */
export const groupingOptions = () => GROUPINGS.map(({ id, label }) => ({ id, label: t(label) }));

export interface DriftSelection {
  window: Window;
  by: Grouping;
}

export function selectionOf({ query }: Route): DriftSelection {
  return {
    window: WINDOWS.find(({ id }) => id === query.get("window"))?.id ?? "week",
    by: GROUPINGS.find(({ id }) => id === query.get("by"))?.id ?? "tier",
  };
}

export const driftUrl = (choice: DriftSelection): string => `/drift?${new URLSearchParams({ ...choice })}`;

export const readDrift = (choice: DriftSelection, signal: AbortSignal) =>
  api<Drift>("/v1/drift", { query: { ...choice }, signal });

export const readExperiment = (window: Window, signal: AbortSignal) =>
  api<Experiment>("/v1/worth", { query: { window }, signal });
