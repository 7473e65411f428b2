import { afterEach, describe, expect, test, vi } from "vitest";
import { isBatteryLow, savesData } from "../../src/device/battery-and-data-saver";
import {
  type DeviceFile,
  type DeviceManifest,
  ModelFileStore,
  obtainFile,
} from "../../src/device/model-files";
import { memoryCaches } from "../support/memory-caches";

const CONTENT = new TextEncoder().encode("the bytes of a model");
const never = new AbortController().signal;
const fetched = vi.fn<(path: string) => Promise<Response>>();
const server = { manifest: async () => null, fetch: fetched };

async function fileOf(content: Uint8Array<ArrayBuffer>): Promise<DeviceFile> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { kind: "model", path: `/v1/device/files/${sha256}.onnx`, sha256, bytes: content.length };
}

const text = (content: ArrayBuffer | undefined) => new TextDecoder().decode(content);

afterEach(() => {
  fetched.mockReset();
});

describe("a file", () => {
  test("is downloaded once, and read from this device from then on", async () => {
    const store = new ModelFileStore(memoryCaches());
    const file = await fileOf(CONTENT);
    fetched.mockImplementation(async () => new Response(CONTENT));
    let arrived = 0;
    for (const _ of [1, 2]) await obtainFile(file, { store, server }, (bytes) => (arrived += bytes), never);
    expect(fetched).toHaveBeenCalledTimes(1);
    expect(arrived).toBe(2 * CONTENT.length);
  });

  test("with one changed byte is refused and not stored", async () => {
    const store = new ModelFileStore(memoryCaches());
    const file = await fileOf(CONTENT);
    fetched.mockImplementation(
      async () => new Response(CONTENT.map((byte, at) => (at === 3 ? byte ^ 1 : byte))),
    );
    await expect(obtainFile(file, { store, server }, () => undefined, never)).rejects.toMatchObject({
      code: "corrupt",
    });
    expect(await store.has(file)).toBe(false);
  });

  test("that was damaged on this device is downloaded again", async () => {
    const store = new ModelFileStore(memoryCaches());
    const file = await fileOf(CONTENT);
    await store.put(file, new TextEncoder().encode("damaged").buffer);
    fetched.mockImplementation(async () => new Response(CONTENT));
    expect(text(await obtainFile(file, { store, server }, () => undefined, never))).toBe(
      "the bytes of a model",
    );
    expect(text(await store.get(file))).toBe("the bytes of a model");
  });

  test("that is longer than announced is refused during the download", async () => {
    const file = { ...(await fileOf(CONTENT)), bytes: 4 };
    fetched.mockImplementation(async () => new Response(CONTENT));
    const loading = obtainFile(
      file,
      { store: new ModelFileStore(memoryCaches()), server },
      () => undefined,
      never,
    );
    await expect(loading).rejects.toMatchObject({ code: "corrupt" });
  });

  test("that cannot be downloaded is reported as unreachable", async () => {
    const file = await fileOf(CONTENT);
    fetched.mockImplementation(async () => new Response("gone", { status: 404 }));
    const loading = obtainFile(
      file,
      { store: new ModelFileStore(memoryCaches()), server },
      () => undefined,
      never,
    );
    await expect(loading).rejects.toMatchObject({ code: "unreachable", reason: "404" });
  });
});

test("files of an older model are deleted once the newer one is complete", async () => {
  const store = new ModelFileStore(memoryCaches());
  const [older, newer] = [await fileOf(CONTENT), await fileOf(new TextEncoder().encode("newer"))];
  await store.put(older, CONTENT.buffer);
  await store.put(newer, new ArrayBuffer(5));
  const manifest = { model: newer.sha256 } as DeviceManifest;
  await store.keepOnly(manifest, [newer]);
  expect([await store.has(older), await store.has(newer)]).toEqual([false, true]);
  expect(await store.manifest()).toEqual(manifest);
});

test("a low battery counts only while it is not charging", async () => {
  const battery = (level: number, charging: boolean) => ({ getBattery: async () => ({ level, charging }) });
  expect(await isBatteryLow(battery(0.1, false))).toBe(true);
  expect(await isBatteryLow(battery(0.1, true))).toBe(false);
  expect(await isBatteryLow(battery(0.9, false))).toBe(false);
  expect(await isBatteryLow({})).toBe(false);
  expect([savesData({ connection: { saveData: true } }), savesData({})]).toEqual([true, false]);
});
