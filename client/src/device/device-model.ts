import type { Device } from "./battery-and-data-saver";
import { DeviceModelError } from "./device-model-error";
import {
  DeviceModelState,
  type DeviceReading,
  type DeviceReadingOptions,
  isModelWanted,
} from "./device-model-state";
import type { ModelController } from "./model-controller";
import type { ModelServer } from "./model-files";
import type { ReadingRequest } from "./model-worker-client";

/** The model on this device, for the rest of the page. Reading takes long, so read during a pause in typing. */
export class DeviceModel extends DeviceModelState {
  private controllerPromise: Promise<ModelController> | undefined;

  constructor(private readonly server: ModelServer) {
    super();
  }

  /** Determines the download size; the status is `awaiting_consent` once `size` is known. */
  readonly prepare = async () => (await this.controller())?.prepare();
  /** Loads the model and remembers that it is wanted. */
  readonly turnOn = async () => (await this.controller())?.turnOn();
  /** Stops the model and remembers that it is not wanted. The files stay until `remove`. */
  readonly turnOff = async () => (await this.controller())?.turnOff();
  /** Stops the model and deletes its files from this device. */
  readonly remove = async () => (await this.controller())?.remove();
  /** Ignores battery and data saver until the page closes. */
  readonly startAnyway = async () => (await this.controller())?.startAnyway();
  /** Loads the model if it was turned on before, unless battery or data saver pause it. */
  readonly resume = async () => (await this.controller())?.resume();

  /** Reads the windows of a text. Resolves to null without a model, and for a request that a newer one has replaced. */
  async read(request: ReadingRequest, options?: DeviceReadingOptions): Promise<DeviceReading | null> {
    return this.controllerPromise ? ((await this.controller())?.read(request, options) ?? null) : null;
  }

  /** Returns the vector of a short text, such as a query; null as `read`. */
  async vectorOf(text: string, signal?: AbortSignal): Promise<Float32Array | null> {
    return (await this.read({ text, windows: [], limitMs: 0 }, { signal }))?.vector ?? null;
  }

  /** Imports the controller on first use, so that only users of the model load its code. Undefined if that fails. */
  private async controller(): Promise<ModelController | undefined> {
    this.controllerPromise ??= import("./model-controller").then(
      ({ ModelController }) => new ModelController(this, navigator as Device, this.server),
    );
    try {
      return await this.controllerPromise;
    } catch (error) {
      this.controllerPromise = undefined;
      this.error.value = new DeviceModelError("unreachable", String(error));
      this.status.value = "failed";
      return undefined;
    }
  }
}

/** Lets the page's first requests and first paint go first. */
const RESUME_DELAY_MS = 1500;

/** Loads the model if it was turned on before, once the page is visible and has loaded. */
export function resumeAfterPageLoad(model: DeviceModel): void {
  if (!isModelWanted()) return;
  const later = () => {
    if (document.visibilityState === "visible") void model.resume();
    else document.addEventListener("visibilitychange", later, { once: true });
  };
  setTimeout(later, RESUME_DELAY_MS);
}
