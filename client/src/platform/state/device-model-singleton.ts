import { DeviceModel, resumeAfterPageLoad } from "../../device/device-model";
import { DeviceModelError } from "../../device/device-model-error";
import { api, isProblem } from "../api/client";
import { recordedFetch } from "../api/request-log";
import type { DeviceManifest } from "../api/types";

/** The model on this device, shared by all features. */
export const deviceModel = new DeviceModel({
  manifest: readManifest,
  fetch: (path, init) => recordedFetch(path, init, "device_model"),
});

/** Loads the model once the page is idle, if the user turned it on. */
export const connectDevice = (): void => resumeAfterPageLoad(deviceModel);

async function readManifest(): Promise<DeviceManifest | null> {
  try {
    return await api<DeviceManifest>("/v1/device/model");
  } catch (error) {
    if (!isProblem(error)) throw error;
    if (error.unreachable) return null;
    throw new DeviceModelError(error.code === "device_model_missing" ? "missing" : "unreachable", error.code);
  }
}
