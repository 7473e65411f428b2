import { api } from "../../platform/api/client";
import type { components, operations } from "../../platform/api/schema";
import type { Place } from "../../platform/browser/router";

type Schemas = components["schemas"];
export type Drift = Schemas["Drift"];
export type Share = Schemas["Share"];
export type Group = Schemas["DistanceGroup"];
export type Worth = Schemas["Worth"];
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

export interface Choice {
  window: Window;
  by: By;
}

export function chosen({ query }: Place): Choice {
  return {
    window: WINDOWS.find(({ id }) => id === query.get("window"))?.id ?? "week",
    by: BYS.find(({ id }) => id === query.get("by"))?.id ?? "tier",
  };
}

export const addressOf = (choice: Choice): string => `/drift?${new URLSearchParams({ ...choice })}`;

export const readDrift = (choice: Choice, signal: AbortSignal) =>
  api<Drift>("/v1/drift", { query: { ...choice }, signal });

export const readWorth = (window: Window, signal: AbortSignal) =>
  api<Worth>("/v1/worth", { query: { window }, signal });
