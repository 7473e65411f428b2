import { useEffect } from "preact/hooks";
import { formatBytes } from "../../platform/browser/format";
import { t } from "../../platform/i18n";
import { clearLocalIndex } from "../../platform/local-index/local-index-singleton";
import { deviceModel } from "../../platform/state/device-model-singleton";

/** The model on this device: its state, size and progress, and buttons to turn it on or off, or to remove it. */
export function DeviceModelPanel() {
  const { status, size, progress, error, pausedBecause, isStored } = deviceModel;
  useEffect(() => {
    void deviceModel.prepare();
  }, []);
  const problem = error.value;
  return (
    <div class="device-model">
      <p role="status">{statusLabel(status.value, size.value, isStored.value)}</p>
      {status.value === "loading" && (
        <progress aria-label={t("device.model.progress")} max={1} value={progress.value}>
          {t("device.model.percent", { share: progress.value })}
        </progress>
      )}
      {problem && (
        <p class="field-problem" role="alert">
          {t(`device.model.error.${problem.code}.title`)}{" "}
          <span class="meta">{t(`device.model.error.${problem.code}.detail`)}</span>
        </p>
      )}
      {pausedBecause.value && (
        <p>
          {t(`device.model.paused.${pausedBecause.value}`)}{" "}
          <button type="button" class="link-button" onClick={deviceModel.startAnyway}>
            {t("device.model.start_anyway")}
          </button>
        </p>
      )}
      <DeviceModelButtons />
    </div>
  );
}

function DeviceModelButtons() {
  const { status, isStored, size } = deviceModel;
  const running = ["loading", "warming", "ready"].includes(status.value);
  // The local index holds vectors, which are useless without the model.
  const remove = async () => {
    await deviceModel.remove();
    await clearLocalIndex();
  };
  return (
    <p class="settings-line">
      {running ? (
        <button type="button" class="button" onClick={deviceModel.turnOff}>
          {t(status.value === "loading" ? "device.model.stop" : "device.model.turn_off")}
        </button>
      ) : (
        <button type="button" class="button" onClick={deviceModel.turnOn}>
          {isStored.value || size.value === 0
            ? t("device.model.turn_on")
            : t("device.model.download", { size: formatBytes(size.value) })}
        </button>
      )}
      {isStored.value && status.value !== "loading" && (
        <button type="button" class="quiet-button" onClick={remove}>
          {t("device.model.remove")}
        </button>
      )}
    </p>
  );
}

function statusLabel(status: typeof deviceModel.status.value, bytes: number, isStored: boolean): string {
  const size = formatBytes(bytes);
  if (status === "loading")
    return isStored ? t("device.model.starting") : t("device.model.downloading", { size });
  if (status === "warming") return t("device.model.warming");
  if (status === "ready") return t("device.model.ready");
  if (isStored) return t("device.model.stored");
  return bytes > 0 ? t("device.model.not_stored_size", { size }) : t("device.model.not_stored");
}
