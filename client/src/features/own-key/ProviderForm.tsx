import { useSignal } from "@preact/signals";
import { t } from "../../platform/i18n";
import { FormField } from "../../ui/Form";
import {
  allowOrigin,
  isOriginAllowed,
  isUnencrypted,
  KNOWN_PROVIDERS,
  parseAddress,
} from "./provider-origins";
import { changeSetup, setup } from "./provider-setup";

/**
 * A form for the provider's address and model. The page's content security policy must allow a new address, which
 * takes a reload.
 */
export function ProviderForm() {
  const isInvalid = useSignal(false);
  const { address, model } = setup.value;
  const parsed = parseAddress(address);
  const choose = (name: string) => {
    const known = KNOWN_PROVIDERS.find(([title]) => title === name);
    if (known) changeSetup({ address: known[1], model: known[2], inputPrice: null, outputPrice: null });
  };
  const onSubmit = (event: Event) => {
    event.preventDefault();
    isInvalid.value = !parsed;
    if (!parsed) return;
    changeSetup({ address: parsed.baseUrl });
    allowOrigin(parsed.origin);
    window.location.reload();
  };
  return (
    <form class="form" onSubmit={onSubmit}>
      <div class="form-field">
        <label for="known-provider">{t("own_key.provider.label")}</label>
        <select
          id="known-provider"
          class="field"
          value={KNOWN_PROVIDERS.find(([, url]) => url === address)?.[0] ?? ""}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          <option value="">{t("own_key.provider.other")}</option>
          {KNOWN_PROVIDERS.map(([name, url]) => (
            <option key={name} value={name}>
              {url.startsWith("https:") ? name : t("own_key.provider.local", { name })}
            </option>
          ))}
        </select>
      </div>
      <FormField
        spec={{
          name: "provider-address",
          label: t("own_key.provider.address"),
          hint: t("own_key.provider.address_hint"),
        }}
        value={address}
        problem={isInvalid.value ? t("own_key.provider.address_invalid") : undefined}
        onInput={(value) => changeSetup({ address: value })}
      />
      <FormField
        spec={{
          name: "provider-model",
          label: t("own_key.provider.model"),
          hint: t("own_key.provider.model_hint"),
        }}
        value={model}
        problem={undefined}
        onInput={(value) => changeSetup({ model: value })}
      />
      {parsed && isOriginAllowed(parsed.origin) ? (
        <p class="meta">{t("own_key.provider.allowed", { origin: parsed.origin })}</p>
      ) : (
        <>
          <p class="meta">{t("own_key.provider.not_allowed")}</p>
          {parsed && isUnencrypted(parsed) && (
            <p class="field-problem">
              {t("own_key.provider.local_network", { host: new URL(parsed.origin).hostname })}
            </p>
          )}
          <button type="submit" class="button">
            {parsed
              ? t("own_key.provider.allow", { origin: parsed.origin })
              : t("own_key.provider.allow_unknown")}
          </button>
        </>
      )}
    </form>
  );
}
