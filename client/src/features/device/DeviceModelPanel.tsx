import { useEffect } from "preact/hooks";
import { PAUSE_WORDS } from "../../device/power";
import { formatBytes } from "../../platform/browser/format";
import { clearLocalIndex } from "../../platform/local-index/queries";
import { deviceModel } from "../../platform/state/device-model";

/** The model on this device: how large it is, how far it has come, on and off, and off the device again. */
export function DeviceModelPanel() {
  const { state, size, progress, error, pausedBecause, isStored } = deviceModel;
  useEffect(() => {
    void deviceModel.ask();
  }, []);
  const trouble = error.value;
  return (
    <div class="device-model">
      <p role="status">{words(state.value, size.value, isStored.value)}</p>
      {state.value === "loading" && (
        <progress aria-label="Downloaded" max={1} value={progress.value}>
          {Math.round(progress.value * 100)}%
        </progress>
      )}
      {trouble && (
        <p class="field-problem" role="alert">
          {trouble.title} <span class="meta">{trouble.detail}</span>
        </p>
      )}
      {pausedBecause.value && (
        <p>
          {PAUSE_WORDS[pausedBecause.value]}{" "}
          <button type="button" class="link-button" onClick={deviceModel.startAnyway}>
            Go on anyway
          </button>
        </p>
      )}
      <DeviceModelButtons />
    </div>
  );
}

function DeviceModelButtons() {
  const { state, isStored: kept, size } = deviceModel;
  const running = ["loading", "warming", "ready"].includes(state.value);
  // The posts for search lie here with their vectors, which nobody could read without the model.
  const remove = async () => {
    await deviceModel.remove();
    await clearLocalIndex();
  };
  return (
    <p class="settings-line">
      {running ? (
        <button type="button" class="button" onClick={deviceModel.turnOff}>
          {state.value === "loading" ? "Stop" : "Turn it off"}
        </button>
      ) : (
        <button type="button" class="button" onClick={deviceModel.turnOn}>
          {kept.value || size.value === 0
            ? "Turn it on"
            : `Download ${formatBytes(size.value)} and turn it on`}
        </button>
      )}
      {kept.value && state.value !== "loading" && (
        <button type="button" class="quiet-button" onClick={remove}>
          Remove it from this device
        </button>
      )}
    </p>
  );
}

function words(state: typeof deviceModel.state.value, size: number, kept: boolean): string {
  if (state === "loading") return kept ? "Starting from this device…" : `Downloading ${formatBytes(size)}…`;
  if (state === "warming") return "Getting ready…";
  if (state === "ready") return "Ready on this device.";
  if (kept) return "On this device, and turned off.";
  return size > 0
    ? `Not on this device. It is downloaded once: ${formatBytes(size)}.`
    : "Not on this device.";
}
