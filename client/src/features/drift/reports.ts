import { api } from "../../platform/api/client";
import type { components, operations } from "../../platform/api/schema";
import type { Route } from "../../platform/browser/router";

type Schemas = components["schemas"];
export type Drift = Schemas["Drift"];
export type Share = Schemas["Share"];
export type Group = Schemas["DistanceGroup"];
export type Experiment = Schemas["Worth"];
export type Comparison = Schemas["Comparison"];
export type ArmReport = Schemas["ArmReport"];
type Query = NonNullable<operations["see_drift_v1_drift_get"]["parameters"]["query"]>;
export type Window = NonNullable<Query["window"]>;
export type By = NonNullable<Query["by"]>;

export const WINDOWS: readonly { id: Window; label: string }[] = [
  { id: "day", label: "Day" },
  { id: "week", label: "Week" },
  { id: "month", label: "Month" },
];

export const BYS: readonly { id: By; label: string }[] = [
  { id: "tier", label: "By tier" },
  { id: "policy", label: "By policy" },
  { id: "model", label: "By model" },
];

export interface DriftSelection {
  window: Window;
  by: By;
}

export function selectionOf({ query }: Route): DriftSelection {
  return {
    window: WINDOWS.find(({ id }) => id === query.get("window"))?.id ?? "week",
    by: BYS.find(({ id }) => id === query.get("by"))?.id ?? "tier",
  };
}

export const driftUrl = (choice: DriftSelection): string => `/drift?${new URLSearchParams({ ...choice })}`;

export const readDrift = (choice: DriftSelection, signal: AbortSignal) =>
  api<Drift>("/v1/drift", { query: { ...choice }, signal });

export const readExperiment = (window: Window, signal: AbortSignal) =>
  api<Experiment>("/v1/worth", { query: { window }, signal });
