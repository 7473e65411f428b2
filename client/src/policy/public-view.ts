/** The public part of a policy, as `GET /v1/policy` hands it out (`shared/policy/public.py`). */

export type Action = "hold" | "reject";

export type Measure = { of: "links"; at_least: number } | { of: "capitals"; share: number; letters: number };

export interface PublicRule {
  id: string;
  category: string;
  outcome: Action;
  patterns: readonly string[];
  measure: Measure | null;
  message: string;
}

export interface PublicCategory {
  id: string;
  title: string;
  message: string;
  strongest: "held" | "rejected";
}

export interface PublicView {
  name: string;
  version: number;
  /** sha256 of the whole policy, with what this view leaves out. */
  digest: string;
  normalizer: number;
  appeal_days: number;
  failure_mode: { outcome: "held"; message: string };
  categories: readonly PublicCategory[];
  rules: readonly PublicRule[];
  rules_left_out: number;
}
