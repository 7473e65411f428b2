import type { Controller } from "./controller";
import { DeviceTrouble } from "./errors";
import type { ModelServer } from "./model-files";
import type { Device } from "./power";
import { chosen, DeviceModelState, type DevicePass } from "./state";

/** The model on this device, as the rest of the page knows it. It reads a text whole, as the server does: ask on a pause. */
export class DeviceModel extends DeviceModelState {
  private made: Promise<Controller> | undefined;

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
  readonly goAnyway = async () => (await this.controller())?.goAnyway();
  /** For whoever wanted the model before: loads it from this device, unless this is a bad moment. */
  readonly resume = async () => (await this.controller())?.resume();

  /** Null while there is no model, and for whoever was overtaken by a newer question. */
  async assess(text: string, signal?: AbortSignal): Promise<DevicePass | null> {
    return this.made ? ((await this.controller())?.pass(text, signal) ?? null) : null;
  }

  /** All of it is loaded by those only who turn the model on. Undefined where its code does not come. */
  private async controller(): Promise<Controller | undefined> {
    this.made ??= import("./controller").then(
      ({ Controller }) => new Controller(this, navigator as Device, this.server),
    );
    try {
      return await this.made;
    } catch (error) {
      this.made = undefined;
      this.error.value = new DeviceTrouble("unreachable", String(error));
      this.state.value = "failed";
      return undefined;
    }
  }
}

/** The page's own requests and first paint go first. */
const QUIET_MS = 1500;

/** Loads the model of those who turned it on, once the page has been shown and is quiet. */
export function resumeWhenQuiet(model: DeviceModel): void {
  if (!chosen()) return;
  const later = () => {
    if (document.visibilityState === "visible") void model.resume();
    else document.addEventListener("visibilitychange", later, { once: true });
  };
  setTimeout(later, QUIET_MS);
}
