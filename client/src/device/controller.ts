import { DeviceTrouble } from "./errors";
import { describeModel, type Loaded, loadModel, removeFiles, warmUp } from "./loading";
import type { DeviceManifest, ModelServer } from "./model-files";
import { batteryLow, type Device, savesData } from "./power";
import { choose, chosen, type DeviceModelState, type DevicePass } from "./state";

/** What turns the model on and off and runs it; it writes the signals that the page shows. */
export class Controller {
  private loaded: Loaded | undefined;
  private abort = new AbortController();
  /** Somebody asked for it now: no better moment is waited for. */
  private hurried = false;
  private starting: Promise<void> | undefined;

  constructor(
    private readonly shown: DeviceModelState,
    private readonly device: Device,
    private readonly server: ModelServer,
  ) {}

  /** Whoever wanted the model before has answered already. */
  async ask(): Promise<void> {
    if (chosen() && this.shown.state.value !== "failed") return this.resume();
    if (this.shown.state.value !== "off" && this.shown.state.value !== "failed") return;
    await this.attempt(async () => {
      await this.describe();
      this.shown.state.value = "asking";
    });
  }

  async turnOn(): Promise<void> {
    choose(true);
    this.hurried = true;
    await this.start();
  }

  turnOff(): void {
    choose(false);
    this.stop();
  }

  async remove(): Promise<void> {
    this.turnOff();
    await removeFiles();
    this.shown.kept.value = false;
  }

  async goAnyway(): Promise<void> {
    this.hurried = true;
    this.shown.hold.value = null;
    if (chosen()) await this.start();
  }

  async resume(): Promise<void> {
    if (chosen() && this.shown.state.value === "off") await this.start();
  }

  async pass(text: string, signal?: AbortSignal): Promise<DevicePass | null> {
    if (!this.loaded || (await this.resting())) return null;
    const { remote, manifest } = this.loaded;
    const answer = await remote.assess(text, signal);
    return answer && { ...answer, modelSha: manifest.model };
  }

  /** Once at a time, whoever asks for it meanwhile. */
  private start(): Promise<void> {
    if (this.loaded) return Promise.resolve();
    this.starting ??= this.begin();
    return this.starting;
  }

  private async begin(): Promise<void> {
    await this.attempt(async (signal) => {
      const manifest = await this.describe();
      if (signal.aborted) return;
      if (!this.shown.kept.value && !this.hurried && savesData(this.device)) {
        this.shown.hold.value = "save_data";
        return;
      }
      await this.load(manifest, signal);
      const warm = (await this.resting()) || (this.loaded && (await warmUp(this.loaded.remote, signal)));
      if (warm && !signal.aborted) this.shown.state.value = "ready";
    });
  }

  private async describe(): Promise<DeviceManifest> {
    const { manifest, size, kept } = await describeModel(this.server);
    this.shown.size.value = size;
    this.shown.kept.value = kept;
    return manifest;
  }

  private async load(manifest: DeviceManifest, signal: AbortSignal): Promise<void> {
    const { state, size, progress, kept, vectors } = this.shown;
    state.value = "loading";
    progress.value = 0;
    const arrived = (bytes: number) => {
      progress.value = Math.min(1, progress.value + bytes / size.value);
    };
    const loaded = await loadModel(
      this.server,
      manifest,
      { arrived, onBroken: (trouble) => this.fail(trouble) },
      signal,
    );
    if (signal.aborted) {
      loaded.remote.close();
      return;
    }
    this.loaded = loaded;
    kept.value = true;
    vectors.value = loaded.manifest.vectors;
    state.value = "warming";
  }

  private async resting(): Promise<boolean> {
    const low = !this.hurried && (await batteryLow(this.device));
    this.shown.hold.value = low ? "battery" : null;
    return low;
  }

  private async attempt(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.shown.error.value = null;
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
    const trouble = error instanceof DeviceTrouble ? error : new DeviceTrouble("broken", String(error));
    this.shown.error.value = trouble;
    this.shown.state.value = "failed";
  }

  private stop(): void {
    this.abort.abort();
    this.starting = undefined;
    this.loaded?.remote.close();
    this.loaded = undefined;
    this.shown.error.value = null;
    this.shown.hold.value = null;
    this.shown.vectors.value = "";
    this.shown.state.value = "off";
  }
}
