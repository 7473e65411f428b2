import { DeviceModelError } from "./errors";
import { describeModel, type LoadedModel, loadModel, removeFiles, warmUp } from "./loading";
import type { DeviceManifest, ModelServer } from "./model-files";
import { type Device, isBatteryLow, savesData } from "./power";
import { type DeviceAssessment, type DeviceModelState, isModelWanted, setModelWanted } from "./state";

/** What turns the model on and off and runs it; it writes the signals that the page shows. */
export class ModelController {
  private loaded: LoadedModel | undefined;
  private abort = new AbortController();
  /** Somebody asked for it now: no better moment is waited for. */
  private ignoresPauses = false;
  private starting: Promise<void> | undefined;

  constructor(
    private readonly view: DeviceModelState,
    private readonly device: Device,
    private readonly server: ModelServer,
  ) {}

  /** Whoever wanted the model before has answered already. */
  async ask(): Promise<void> {
    if (isModelWanted() && this.view.state.value !== "failed") return this.resume();
    if (this.view.state.value !== "off" && this.view.state.value !== "failed") return;
    await this.attempt(async () => {
      await this.describe();
      this.view.state.value = "asking";
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
    if (isModelWanted() && this.view.state.value === "off") await this.start();
  }

  async assess(text: string, signal?: AbortSignal): Promise<DeviceAssessment | null> {
    if (!this.loaded || (await this.isPaused())) return null;
    const { remote, manifest } = this.loaded;
    const answer = await remote.assess(text, signal);
    return answer && { ...answer, modelSha: manifest.model };
  }

  /** Once at a time, whoever asks for it meanwhile. */
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
      if (warm && !signal.aborted) this.view.state.value = "ready";
    });
  }

  private async describe(): Promise<DeviceManifest> {
    const { manifest, size, kept } = await describeModel(this.server);
    this.view.size.value = size;
    this.view.isStored.value = kept;
    return manifest;
  }

  private async load(manifest: DeviceManifest, signal: AbortSignal): Promise<void> {
    const { state, size, progress, isStored, vectorKind } = this.view;
    state.value = "loading";
    progress.value = 0;
    const arrived = (bytes: number) => {
      progress.value = Math.min(1, progress.value + bytes / size.value);
    };
    const loaded = await loadModel(
      this.server,
      manifest,
      { onProgress: arrived, onBroken: (trouble) => this.fail(trouble) },
      signal,
    );
    if (signal.aborted) {
      loaded.remote.close();
      return;
    }
    this.loaded = loaded;
    isStored.value = true;
    vectorKind.value = loaded.manifest.vectors;
    state.value = "warming";
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
    const trouble = error instanceof DeviceModelError ? error : new DeviceModelError("broken", String(error));
    this.view.error.value = trouble;
    this.view.state.value = "failed";
  }

  private stop(): void {
    this.abort.abort();
    this.starting = undefined;
    this.loaded?.remote.close();
    this.loaded = undefined;
    this.view.error.value = null;
    this.view.pausedBecause.value = null;
    this.view.vectorKind.value = "";
    this.view.state.value = "off";
  }
}
