import type { ModelController } from "./controller";
import { DeviceModelError } from "./errors";
import type { ModelServer } from "./model-files";
import type { Device } from "./power";
import { type DeviceAssessment, DeviceModelState, isModelWanted } from "./state";

/** The model on this device, as the rest of the page knows it. It reads a text whole, as the server does: ask on a pause. */
export class DeviceModel extends DeviceModelState {
  private controllerPromise: Promise<ModelController> | undefined;

  constructor(private readonly server: ModelServer) {
    super();
  }

  /** Finds out what turning on would load: `size` is known when the state is `asking`. */
  readonly ask = async () => (await this.controller())?.ask();
  /** Loads the model and remembers that it is wanted. */
  readonly turnOn = async () => (await this.controller())?.turnOn();
  /** Stops the model and remembers that it is not wanted. The files stay until `remove`. */
  readonly turnOff = async () => (await this.controller())?.turnOff();
  /** Stops the model and deletes its files from this device. */
  readonly remove = async () => (await this.controller())?.remove();
  /** Does not wait for a better battery or connection, until the page is left. */
  readonly startAnyway = async () => (await this.controller())?.startAnyway();
  /** For whoever wanted the model before: loads it from this device, unless this is a bad moment. */
  readonly resume = async () => (await this.controller())?.resume();

  /** Null while there is no model, and for whoever was overtaken by a newer question. */
  async assess(text: string, signal?: AbortSignal): Promise<DeviceAssessment | null> {
    return this.controllerPromise ? ((await this.controller())?.assess(text, signal) ?? null) : null;
  }

  /** All of it is loaded by those only who turn the model on. Undefined where its code does not come. */
  private async controller(): Promise<ModelController | undefined> {
    this.controllerPromise ??= import("./controller").then(
      ({ ModelController }) => new ModelController(this, navigator as Device, this.server),
    );
    try {
      return await this.controllerPromise;
    } catch (error) {
      this.controllerPromise = undefined;
      this.error.value = new DeviceModelError("unreachable", String(error));
      this.state.value = "failed";
      return undefined;
    }
  }
}

/** The page's own requests and first paint go first. */
const RESUME_DELAY_MS = 1500;

/** Loads the model of those who turned it on, once the page has been shown and is quiet. */
export function resumeWhenQuiet(model: DeviceModel): void {
  if (!isModelWanted()) return;
  const later = () => {
    if (document.visibilityState === "visible") void model.resume();
    else document.addEventListener("visibilitychange", later, { once: true });
  };
  setTimeout(later, RESUME_DELAY_MS);
}
