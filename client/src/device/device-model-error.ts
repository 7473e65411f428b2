export type DeviceErrorCode = "unsupported" | "missing" | "unreachable" | "corrupt" | "no_room" | "broken";

/** The model cannot be used. The page shows a message for the code. */
export class DeviceModelError extends Error {
  constructor(
    readonly code: DeviceErrorCode,
    /** Technical detail for developers. */
    readonly reason = "",
  ) {
    super(reason ? `${code}: ${reason}` : code);
    this.name = "DeviceModelError";
  }
}
