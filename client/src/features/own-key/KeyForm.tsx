import { useSignal } from "@preact/signals";
import { rich, t } from "../../platform/i18n";
import { FormField } from "../../ui/Form";
import type { Address } from "./provider-origins";
import { forgetKey, isLocal, type KeyRetention, keyFor, keyRetention, setKey } from "./provider-setup";

const RETENTIONS: readonly KeyRetention[] = ["memory", "session", "device"];

/** A form for one provider's key and how long to keep it. The key is sent to that provider only. */
export function KeyForm({ address }: { address: Address }) {
  const typed = useSignal("");
  const retention = useSignal<KeyRetention>(keyRetention.value);
  const onSubmit = (event: Event) => {
    event.preventDefault();
    if (!typed.value.trim()) return;
    setKey({ key: typed.value, origin: address.origin }, retention.value);
    typed.value = "";
  };
  const key = keyFor(address.origin);
  if (key) {
    return (
      <p class="settings-line">
        <span>
          {rich("own_key.key.stored", { code: (text) => <code>{text}</code> }, { ending: key.slice(-4) })}
        </span>
        <span class="meta">{t(`own_key.key.retention.${keyRetention.value}`)}</span>
        <button type="button" class="button" onClick={forgetKey}>
          {t("own_key.key.remove")}
        </button>
      </p>
    );
  }
  return (
    <form class="form" onSubmit={onSubmit}>
      <FormField
        spec={{
          name: "provider-key",
          label: t(isLocal(address) ? "own_key.key.label_optional" : "own_key.key.label"),
          hint: t("own_key.key.hint"),
          secret: true,
        }}
        value={typed.value}
        problem={undefined}
        onInput={(value) => {
          typed.value = value;
        }}
      />
      <fieldset class="choice">
        <legend>{t("own_key.key.retention.label")}</legend>
        {RETENTIONS.map((name) => (
          <label key={name}>
            <input
              type="radio"
              name="keep-key"
              checked={retention.value === name}
              onChange={() => {
                retention.value = name;
              }}
            />{" "}
            {t(`own_key.key.retention.${name}`)}
          </label>
        ))}
      </fieldset>
      <button type="submit" class="button primary">
        {t("own_key.key.use")}
      </button>
    </form>
  );
}
