/** Reasons why a model that is turned on is paused. */
export type PauseReason = "save_data" | "battery";

/** At or below this charge the device should run nothing that its user did not ask for. */
const LOW_BATTERY = 0.2;

interface Battery {
  level: number;
  charging: boolean;
}

/** The parts of `navigator` about connection and battery, which not all browsers have. */
export interface Device {
  connection?: { saveData?: boolean };
  getBattery?: () => Promise<Battery>;
}

export function savesData(device: Device): boolean {
  return device.connection?.saveData === true;
}

export async function isBatteryLow(device: Device): Promise<boolean> {
  const battery = await device.getBattery?.();
  return battery !== undefined && !battery.charging && battery.level <= LOW_BATTERY;
}
