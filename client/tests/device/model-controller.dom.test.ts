import { beforeEach, describe, expect, test, vi } from "vitest";
import { DeviceModelError } from "../../src/device/device-model-error";
import { DeviceModelState, isModelWanted } from "../../src/device/device-model-state";
import { ModelController } from "../../src/device/model-controller";
import type { ModelServer } from "../../src/device/model-files";
import { describeModel, loadModel, removeFiles } from "../../src/device/model-loading";

vi.mock("../../src/device/model-loading", () => ({
  describeModel: vi.fn(),
  loadModel: vi.fn(),
  removeFiles: vi.fn(async () => undefined),
  warmUp: vi.fn(async () => true),
}));

const server: ModelServer = { manifest: async () => null, fetch };
const shown = new DeviceModelState();
const manifest = { model: "sha", vectors: "kind" };
const request = { text: "text", windows: [["text"]], limitMs: 1000 };
const reading = { vector: new Float32Array(1), scores: [{}], tookMs: 1 };
const remote = { read: vi.fn(async () => reading), close: vi.fn() };

function described(kept: boolean) {
  vi.mocked(describeModel).mockResolvedValue({ manifest, size: 100, kept } as never);
}

beforeEach(() => {
  localStorage.clear();
  vi.clearAllMocks();
  described(false);
  vi.mocked(loadModel).mockImplementation(async (_server, _manifest, { onProgress: arrived }) => {
    arrived(100);
    return { remote, manifest } as never;
  });
  for (const name of ["error", "pausedBecause"] as const) shown[name].value = null;
  shown.status.value = "off";
  shown.isStored.value = false;
});

const { status, size, progress, error, pausedBecause, isStored } = shown;

describe("turning on", () => {
  test("shows the size first, and loads nothing before the user asks", async () => {
    await new ModelController(shown, {}, server).prepare();
    expect([status.value, size.value, isModelWanted()]).toEqual(["awaiting_consent", 100, false]);
    expect(loadModel).not.toHaveBeenCalled();
  });

  test("loads once and is remembered", async () => {
    const controller = new ModelController(shown, {}, server);
    await Promise.all([controller.turnOn(), controller.turnOn(), controller.resume()]);
    expect(loadModel).toHaveBeenCalledTimes(1);
    expect([status.value, progress.value, isStored.value, isModelWanted()]).toEqual(["ready", 1, true, true]);
  });

  test("happens automatically if it was on before, also on the settings screen", async () => {
    localStorage.setItem("ottit.device-model", "on");
    const controller = new ModelController(shown, {}, server);
    await Promise.all([controller.prepare(), controller.resume()]);
    expect(status.value).toBe("ready");
    expect(loadModel).toHaveBeenCalledTimes(1);
  });

  test("reports why it failed, and can be retried", async () => {
    vi.mocked(loadModel).mockRejectedValueOnce(new DeviceModelError("corrupt"));
    const controller = new ModelController(shown, {}, server);
    await controller.turnOn();
    expect([status.value, error.value?.code]).toEqual(["failed", "corrupt"]);
    await controller.turnOn();
    expect([status.value, error.value]).toEqual(["ready", null]);
  });
});

describe("a pause", () => {
  test("with data saver the model is downloaded on request only", async () => {
    localStorage.setItem("ottit.device-model", "on");
    const controller = new ModelController(shown, { connection: { saveData: true } }, server);
    await controller.resume();
    expect([status.value, pausedBecause.value]).toEqual(["off", "save_data"]);
    await controller.startAnyway();
    expect([status.value, pausedBecause.value]).toEqual(["ready", null]);
  });

  test("a low battery pauses the model until the user overrides it", async () => {
    localStorage.setItem("ottit.device-model", "on");
    described(true);
    const controller = new ModelController(
      shown,
      { getBattery: async () => ({ level: 0.1, charging: false }) },
      server,
    );
    await controller.resume();
    expect([await controller.read(request), pausedBecause.value]).toEqual([null, "battery"]);
    await controller.startAnyway();
    expect(await controller.read(request)).toMatchObject({ modelSha: "sha" });
  });
});

describe("turning off", () => {
  test("stops the worker, is remembered, and keeps the files", async () => {
    const controller = new ModelController(shown, {}, server);
    await controller.turnOn();
    controller.turnOff();
    expect([status.value, isStored.value, isModelWanted()]).toEqual(["off", true, false]);
    expect(remote.close).toHaveBeenCalled();
    expect(await controller.read(request)).toBeNull();
  });

  test("during loading leaves nothing running", async () => {
    const controller = new ModelController(shown, {}, server);
    const loading = controller.turnOn();
    controller.turnOff();
    await loading;
    expect(status.value).toBe("off");
    expect(await controller.read(request)).toBeNull();
  });

  test("and removing deletes the files", async () => {
    const controller = new ModelController(shown, {}, server);
    await controller.turnOn();
    await controller.remove();
    expect([status.value, isStored.value]).toEqual(["off", false]);
    expect(removeFiles).toHaveBeenCalled();
  });
});
