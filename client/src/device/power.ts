/** Why the model waits although it is wanted. */
export type PauseReason = "save_data" | "battery";

export const PAUSE_WORDS: Record<PauseReason, string> = {
  save_data: "Your browser is set to save data, so the model is not downloaded by itself.",
  battery: "The battery is low, so the model rests.",
};

/** At and below this share of charge a device should not compute ahead of what its owner asks for. */
const LOW_BATTERY = 0.2;

interface Battery {
  level: number;
  charging: boolean;
}

/** What browsers say of connection and battery; not all of them do. */
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
