import { signal } from "@preact/signals";
import type { DeviceTrouble } from "./errors";
import type { Hold } from "./power";
import type { Scores, SentenceScores, WorkerAnswer } from "./worker-client";

const KEY = "ottit.device-model";

/** Whether this person wants the model on this device; only here, nobody else is told. */
export function chosen(): boolean {
  return localStorage.getItem(KEY) === "on";
}

export function choose(on: boolean): void {
  if (on) localStorage.setItem(KEY, "on");
  else localStorage.removeItem(KEY);
}

export type DeviceState = "off" | "asking" | "loading" | "warming" | "ready" | "failed";

/** What one run of the model says of a text. Advisory: the server decides. */
export interface DevicePass extends WorkerAnswer {
  /** Probability of each category, and of any harm. */
  scores: Scores;
  sentences: SentenceScores[];
  modelSha: string;
}

/** What the page shows of the model on this device. */
export class DeviceModelState {
  readonly state = signal<DeviceState>("off");
  /** Bytes of all files, packed as they travel; 0 until known. */
  readonly size = signal(0);
  /** From 0 to 1, while it loads. */
  readonly progress = signal(0);
  readonly error = signal<DeviceTrouble | null>(null);
  /** Set while the model waits for a better moment; `goAnyway` does not wait. */
  readonly hold = signal<Hold | null>(null);
  /** Whether the files are on this device, as far as is known. */
  readonly kept = signal(false);
  /** Vectors of this kind can be compared with those of a pack of posts. Empty until the model is loaded. */
  readonly vectors = signal("");
}
