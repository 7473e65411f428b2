import { bytes, path, sha256 } from "virtual:model-runtime";
import { api } from "../api/api";
import type { DeviceManifest } from "../api/types";

/** One file that the model needs here, named by its content. */
export interface DeviceFile {
  kind: "model" | "tokenizer" | "runtime";
  path: string;
  sha256: string;
  bytes: number;
}

/** The server's word on the model; the runtime belongs to this page. */
export const readManifest = (signal?: AbortSignal) =>
  api<DeviceManifest>("/v1/device/model", signal ? { signal } : {});

export function filesOf(manifest: DeviceManifest): DeviceFile[] {
  return [...manifest.files, { kind: "runtime", path, sha256, bytes }];
}

export function sizeOf(manifest: DeviceManifest): number {
  return filesOf(manifest).reduce((sum, file) => sum + file.bytes, 0);
}
