import { signal } from "@preact/signals";
import type { PauseReason } from "./battery-and-data-saver";
import type { DeviceModelError } from "./device-model-error";
import type { Reading } from "./model-worker-client";

const KEY = "ottit.device-model";

/** Returns true if the user turned the model on. This is stored on this device only. */
export function isModelWanted(): boolean {
  return localStorage.getItem(KEY) === "on";
}

export function setModelWanted(on: boolean): void {
  if (on) localStorage.setItem(KEY, "on");
  else localStorage.removeItem(KEY);
}

export type ModelStatus = "off" | "awaiting_consent" | "loading" | "warming" | "ready" | "failed";

/** The model's scores of one text: the probability of each category and of any harm. They are advisory. */
export interface DeviceReading extends Reading {
  modelSha: string;
}

/** Options of a reading: a signal that cancels it, and a listener for the scores so far. */
export interface DeviceReadingOptions {
  signal?: AbortSignal | undefined;
  onProgress?: (progress: Pick<DeviceReading, "scores" | "modelSha">) => void;
}

/** The state of the model on this device, as signals. */
export class DeviceModelState {
  readonly status = signal<ModelStatus>("off");
  /** Compressed size of all files in bytes; 0 until known. */
  readonly size = signal(0);
  /** Download progress, 0 to 1. */
  readonly progress = signal(0);
  readonly error = signal<DeviceModelError | null>(null);
  /** Set while the model is paused; `startAnyway` ignores the reason. */
  readonly pausedBecause = signal<PauseReason | null>(null);
  /** True if the files are known to be on this device. */
  readonly isStored = signal(false);
  /** The name of the model's vector space, to match a snapshot of posts; empty until the model is loaded. */
  readonly vectorKind = signal("");
}
