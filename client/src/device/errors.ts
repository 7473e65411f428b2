export type DeviceErrorCode = "unsupported" | "missing" | "unreachable" | "corrupt" | "no_room" | "broken";

/** Why the model cannot be used, in words: what happened, what is safe, what to do. */
export class DeviceModelError extends Error {
  constructor(
    readonly code: DeviceErrorCode,
    /** For whoever looks closer. */
    readonly reason = "",
  ) {
    super(TITLES[code]);
    this.name = "DeviceTrouble";
  }

  get title(): string {
    return TITLES[this.code];
  }

  get detail(): string {
    return DETAILS[this.code];
  }
}

const TITLES: Record<DeviceErrorCode, string> = {
  unsupported: "This browser cannot run the model.",
  missing: "This server has no model for devices.",
  unreachable: "The model could not be loaded.",
  corrupt: "A file is not the one that the server announced.",
  no_room: "There is no room for the model on this device.",
  broken: "The model stopped on this device.",
};

const DETAILS: Record<DeviceErrorCode, string> = {
  unsupported:
    "It needs a secure connection (https) and WebAssembly. The rules are still checked as you write.",
  missing: "The rules are still checked as you write, and the server decides as always.",
  unreachable: "Try again when the connection is back. What had arrived is kept.",
  corrupt: "It was not used and not kept. Try again; if it stays so, tell those who run this server.",
  no_room: "Free some space, or go on without it: the rules are still checked as you write.",
  broken: "Turn it on again, or go on without it: the rules are still checked as you write.",
};
