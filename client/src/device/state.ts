import { signal } from "@preact/signals";
import type { DeviceModelError } from "./errors";
import type { PauseReason } from "./power";
import type { Scores, SentenceScores, WorkerAnswer } from "./worker-client";

const KEY = "ottit.device-model";

/** Whether this person wants the model on this device; only here, nobody else is told. */
export function isModelWanted(): boolean {
  return localStorage.getItem(KEY) === "on";
}

export function setModelWanted(on: boolean): void {
  if (on) localStorage.setItem(KEY, "on");
  else localStorage.removeItem(KEY);
}

export type ModelStatus = "off" | "asking" | "loading" | "warming" | "ready" | "failed";

/** What one run of the model says of a text. Advisory: the server decides. */
export interface DeviceAssessment extends WorkerAnswer {
  /** Probability of each category, and of any harm. */
  scores: Scores;
  sentences: SentenceScores[];
  modelSha: string;
}

/** What the page shows of the model on this device. */
export class DeviceModelState {
  readonly state = signal<ModelStatus>("off");
  /** Bytes of all files, packed as they travel; 0 until known. */
  readonly size = signal(0);
  /** From 0 to 1, while it loads. */
  readonly progress = signal(0);
  readonly error = signal<DeviceModelError | null>(null);
  /** Set while the model waits for a better moment; `goAnyway` does not wait. */
  readonly pausedBecause = signal<PauseReason | null>(null);
  /** Whether the files are on this device, as far as is known. */
  readonly isStored = signal(false);
  /** Vectors of this kind can be compared with those of a pack of posts. Empty until the model is loaded. */
  readonly vectorKind = signal("");
}
