import { isAbort } from "../api/api";
import { recordedFetch } from "../api/ledger";
import { hex } from "../hex";
import type { DeviceFile } from "./manifest";
import type { DeviceStore } from "./store";
import { DeviceTrouble } from "./trouble";

type Arrived = (bytes: number) => void;

/** A file with the announced digest, from this device or from the server. Anything else is refused. */
export async function obtain(
  file: DeviceFile,
  store: DeviceStore,
  arrived: Arrived,
  signal: AbortSignal,
): Promise<ArrayBuffer> {
  const kept = await store.get(file);
  if (kept && (await digest(kept)) === file.sha256) {
    arrived(file.bytes);
    return kept;
  }
  if (kept) await store.drop(file);
  const content = await download(file, arrived, signal);
  if ((await digest(content)) !== file.sha256) throw new DeviceTrouble("corrupt", file.path);
  await store.put(file, content);
  return content;
}

async function download(file: DeviceFile, arrived: Arrived, signal: AbortSignal): Promise<ArrayBuffer> {
  try {
    // Kept by us, by digest: the browser's own cache would keep it twice.
    const init: RequestInit = { signal, cache: "no-store", credentials: "same-origin" };
    const response = await recordedFetch(file.path, init, "The model and index for this device");
    if (!response.ok || !response.body) throw new DeviceTrouble("unreachable", String(response.status));
    return await collect(response.body, file.bytes, arrived);
  } catch (error) {
    if (error instanceof DeviceTrouble || isAbort(error)) throw error;
    throw new DeviceTrouble("unreachable", String(error));
  }
}

async function collect(
  body: ReadableStream<Uint8Array>,
  expected: number,
  arrived: Arrived,
): Promise<ArrayBuffer> {
  const content = new Uint8Array(expected);
  const reader = body.getReader();
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (length + part.value.length > expected) throw new DeviceTrouble("corrupt", "longer than announced");
    content.set(part.value, length);
    length += part.value.length;
    arrived(part.value.length);
  }
  if (length < expected) throw new DeviceTrouble("unreachable", "it ended early");
  return content.buffer;
}

async function digest(content: ArrayBuffer): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", content)));
}

/** What a `.gz` holds. */
export function unpacked(content: ArrayBuffer): Promise<ArrayBuffer> {
  const stream = new Blob([content]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}
