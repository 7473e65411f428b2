import { signal } from "@preact/signals";
import { choose, chosen } from "./choice";
import type { Loaded } from "./loading";
import type { Scores, SentenceScores, WorkerAnswer } from "./messages";
import { batteryLow, type Device, type Hold, savesData } from "./power";
import { DeviceTrouble } from "./trouble";

export type DeviceState = "off" | "asking" | "loading" | "warming" | "ready" | "failed";

/** What one run of the model says of a text. Advisory: the server decides. */
export interface DevicePass extends WorkerAnswer {
  /** Probability of each category, and of any harm; of a hint: the strongest of its sentences. */
  scores: Scores;
  sentences: SentenceScores[];
  modelSha: string;
}

/** Everything that is only needed by those who turn the model on. */
const loading = () => import("./loading");

/**
 * The model on this device. `assess` reads the whole text as the server does: ask on a pause. `hint` reads only the
 * sentences that it has not seen, for while somebody types: it has no vector and is no verdict.
 */
class DeviceModel {
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
  private loaded: Loaded | undefined;
  private abort = new AbortController();
  private hurried = false;

  constructor(private readonly device: Device) {}

  /** Whether vectors of a pack of posts can be compared with those of this model. Empty until it is loaded. */
  get vectors(): string {
    return this.loaded?.manifest.vectors ?? "";
  }

  /** Finds out what turning on would load: `size` is known when the state is `asking`. */
  async ask(): Promise<void> {
    if (this.state.value !== "off" && this.state.value !== "failed") return;
    await this.attempt(async ({ describeModel }) => {
      const { size, kept } = await describeModel();
      this.size.value = size;
      this.kept.value = kept;
      this.state.value = "asking";
    });
  }

  /** Loads the model and remembers that it is wanted. */
  async turnOn(): Promise<void> {
    choose(true);
    this.hurried = true;
    await this.start();
  }

  /** Stops the model and remembers that it is not wanted. The files stay until `remove`. */
  turnOff(): void {
    choose(false);
    this.stop();
  }

  /** Stops the model and deletes its files from this device. */
  async remove(): Promise<void> {
    this.turnOff();
    const { removeFiles } = await loading();
    await removeFiles();
    this.kept.value = false;
  }

  /** Does not wait for a better battery or connection, until the page is left. */
  async goAnyway(): Promise<void> {
    this.hurried = true;
    this.hold.value = null;
    if (chosen()) await this.start();
  }

  /** For whoever wanted the model before: loads it from this device, unless this is a bad moment. */
  async resume(): Promise<void> {
    if (chosen() && this.state.value === "off") await this.start();
  }

  assess(text: string, signal?: AbortSignal): Promise<DevicePass | null> {
    return this.pass(text, true, signal);
  }

  hint(text: string, signal?: AbortSignal): Promise<DevicePass | null> {
    return this.pass(text, false, signal);
  }

  private async pass(text: string, whole: boolean, signal?: AbortSignal): Promise<DevicePass | null> {
    if (!this.loaded || (await this.resting())) return null;
    const { remote, manifest } = this.loaded;
    const answer = await remote.assess(text, whole, signal);
    return answer && { ...answer, modelSha: manifest.model };
  }

  private async start(): Promise<void> {
    if (this.state.value === "loading" || this.loaded) return;
    await this.attempt(async ({ describeModel, loadModel, warmUp }, { signal }) => {
      const { size, kept } = await describeModel();
      this.size.value = size;
      this.kept.value = kept;
      if (!kept && !this.hurried && savesData(this.device)) {
        this.hold.value = "save_data";
        return;
      }
      this.state.value = "loading";
      this.progress.value = 0;
      const arrived = (bytes: number) => {
        this.progress.value = Math.min(1, this.progress.value + bytes / size);
      };
      const loaded = await loadModel(arrived, (trouble) => this.fail(trouble), signal);
      if (signal.aborted) {
        loaded.remote.close();
        return;
      }
      this.loaded = loaded;
      this.kept.value = true;
      this.state.value = "warming";
      const warm = (await this.resting()) || (await warmUp(loaded.remote, signal));
      if (warm && !signal.aborted) this.state.value = "ready";
    });
  }

  private async resting(): Promise<boolean> {
    const low = !this.hurried && (await batteryLow(this.device));
    this.hold.value = low ? "battery" : null;
    return low;
  }

  private async attempt(
    work: (tools: Awaited<ReturnType<typeof loading>>, abort: AbortController) => Promise<void>,
  ): Promise<void> {
    this.error.value = null;
    const abort = new AbortController();
    this.abort = abort;
    try {
      await work(await loading(), abort);
    } catch (error) {
      if (!abort.signal.aborted) this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.stop();
    this.error.value = error instanceof DeviceTrouble ? error : new DeviceTrouble("broken", String(error));
    this.state.value = "failed";
  }

  private stop(): void {
    this.abort.abort();
    this.loaded?.remote.close();
    this.loaded = undefined;
    this.error.value = null;
    this.hold.value = null;
    this.state.value = "off";
  }
}

export const deviceModel = new DeviceModel(navigator as Device);

/** Loads the model of those who turned it on, once the page has been shown and is quiet. */
export function connectDevice(): void {
  if (!chosen()) return;
  const later = () => {
    if (document.visibilityState === "visible") void deviceModel.resume();
    else document.addEventListener("visibilitychange", later, { once: true });
  };
  setTimeout(later, QUIET_MS);
}

/** The page's own requests and first paint go first. */
const QUIET_MS = 1500;
