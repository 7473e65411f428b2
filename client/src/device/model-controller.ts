import { type Device, isBatteryLow, savesData } from "./battery-and-data-saver";
import { DeviceModelError } from "./device-model-error";
import {
  type DeviceModelState,
  type DeviceReading,
  type DeviceReadingOptions,
  isModelWanted,
  setModelWanted,
} from "./device-model-state";
import type { DeviceManifest, ModelServer } from "./model-files";
import { describeModel, type LoadedModel, loadModel, removeFiles, warmUp } from "./model-loading";
import type { PartialScores, ReadingRequest } from "./model-worker-client";

/** Loads, runs and stops the model, and writes its state to the signals that the page shows. */
export class ModelController {
  private loaded: LoadedModel | undefined;
  private abort = new AbortController();
  /** The user asked for the model now, so battery and data saver do not pause it. */
  private ignoresPauses = false;
  private starting: Promise<void> | undefined;

  constructor(
    private readonly view: DeviceModelState,
    private readonly device: Device,
    private readonly server: ModelServer,
  ) {}

  /** Shows the download size before the first start. A model that was turned on before starts at once. */
  async prepare(): Promise<void> {
    if (isModelWanted() && this.view.status.value !== "failed") return this.resume();
    if (this.view.status.value !== "off" && this.view.status.value !== "failed") return;
    await this.attempt(async () => {
      await this.describe();
      this.view.status.value = "awaiting_consent";
    });
  }

  async turnOn(): Promise<void> {
    setModelWanted(true);
    this.ignoresPauses = true;
    await this.start();
  }

  turnOff(): void {
    setModelWanted(false);
    this.stop();
  }

  async remove(): Promise<void> {
    this.turnOff();
    await removeFiles();
    this.view.isStored.value = false;
  }

  async startAnyway(): Promise<void> {
    this.ignoresPauses = true;
    this.view.pausedBecause.value = null;
    if (isModelWanted()) await this.start();
  }

  async resume(): Promise<void> {
    if (isModelWanted() && this.view.status.value === "off") await this.start();
  }

  async read(
    request: ReadingRequest,
    { signal, onProgress }: DeviceReadingOptions = {},
  ): Promise<DeviceReading | null> {
    if (!this.loaded || (await this.isPaused())) return null;
    const { remote, manifest } = this.loaded;
    const modelSha = manifest.model;
    const report = (scores: PartialScores) => onProgress?.({ scores, modelSha });
    const reading = await remote.read(request, { signal, onProgress: report });
    return reading && { ...reading, modelSha };
  }

  /** Starts the model; calls during a start wait for that same start. */
  private start(): Promise<void> {
    if (this.loaded) return Promise.resolve();
    this.starting ??= this.loadOnce();
    return this.starting;
  }

  private async loadOnce(): Promise<void> {
    await this.attempt(async (signal) => {
      const manifest = await this.describe();
      if (signal.aborted) return;
      if (!this.view.isStored.value && !this.ignoresPauses && savesData(this.device)) {
        this.view.pausedBecause.value = "save_data";
        return;
      }
      await this.load(manifest, signal);
      const warm = (await this.isPaused()) || (this.loaded && (await warmUp(this.loaded.remote, signal)));
      if (warm && !signal.aborted) this.view.status.value = "ready";
    });
  }

  private async describe(): Promise<DeviceManifest> {
    const { manifest, size, isStored } = await describeModel(this.server);
    this.view.size.value = size;
    this.view.isStored.value = isStored;
    return manifest;
  }

  private async load(manifest: DeviceManifest, signal: AbortSignal): Promise<void> {
    const { status, size, progress, isStored, vectorKind } = this.view;
    status.value = "loading";
    progress.value = 0;
    const onProgress = (bytes: number) => {
      progress.value = Math.min(1, progress.value + bytes / size.value);
    };
    const loaded = await loadModel(
      this.server,
      manifest,
      { onProgress, onBroken: (error) => this.fail(error) },
      signal,
    );
    if (signal.aborted) {
      loaded.remote.close();
      return;
    }
    this.loaded = loaded;
    isStored.value = true;
    vectorKind.value = loaded.manifest.vectors;
    status.value = "warming";
  }

  private async isPaused(): Promise<boolean> {
    const low = !this.ignoresPauses && (await isBatteryLow(this.device));
    this.view.pausedBecause.value = low ? "battery" : null;
    return low;
  }

  private async attempt(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.view.error.value = null;
    this.abort = new AbortController();
    const { signal } = this.abort;
    try {
      await work(signal);
    } catch (error) {
      if (!signal.aborted) this.fail(error);
    } finally {
      if (!signal.aborted) this.starting = undefined;
    }
  }

  private fail(error: unknown): void {
    this.stop();
    this.view.error.value =
      error instanceof DeviceModelError ? error : new DeviceModelError("broken", String(error));
    this.view.status.value = "failed";
  }

  private stop(): void {
    this.abort.abort();
    this.starting = undefined;
    this.loaded?.remote.close();
    this.loaded = undefined;
    this.view.error.value = null;
    this.view.pausedBecause.value = null;
    this.view.vectorKind.value = "";
    this.view.status.value = "off";
  }
}
