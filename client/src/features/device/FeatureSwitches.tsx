import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { t } from "../../platform/i18n";
import { type Switch, setSwitch, switches } from "../../platform/state/feature-switches";
import { Icon, type IconName } from "../../ui/Icon";
import { browserModel } from "../suggestions/suggestion-source";
import { DeviceModelPanel } from "./DeviceModelPanel";
import { ReplacedPolicyKeyPrompt } from "./ReplacedPolicyKeyPrompt";

/** The switches of the four preview tiers, fastest first. */
export function PreviewSwitches() {
  return (
    <section class="settings-part" aria-labelledby="previews-title">
      <h2 id="previews-title" class="section-title">
        {t("device.previews.title")}
      </h2>
      <p class="meta">
        {t("device.previews.explanation")} <a href="/readers">{t("device.readers.screen")}</a>
      </p>
      <ul class="switches">
        <SwitchRow name="rules" icon="rules">
          <ReplacedPolicyKeyPrompt />
        </SwitchRow>
        <SwitchRow name="device" icon="device">
          <DeviceModelPanel />
        </SwitchRow>
        <SwitchRow name="ownKey" icon="key" />
        <SwitchRow name="serverCheck" icon="server" />
      </ul>
    </section>
  );
}

/** The switches of suggestions. A suggestion changes the text only by a click. */
export function SuggestionSwitches() {
  return (
    <section class="settings-part" aria-labelledby="suggestions-title">
      <h2 id="suggestions-title" class="section-title">
        {t("device.suggestions.title")}
      </h2>
      <ul class="switches">
        <SwitchRow name="chips" icon="communities" />
        <SwitchRow name="suggestions" icon="suggest" />
        <SwitchRow name="browserModel" icon="window">
          <p class="meta">{t(`device.browser_model.${browserModel.value}`)}</p>
        </SwitchRow>
      </ul>
    </section>
  );
}

interface Props {
  name: Switch;
  icon: IconName;
  children?: ComponentChildren;
}

/** One switch, with its title and an explanation that says what leaves this device. */
export function SwitchRow({ name, icon, children }: Props) {
  const id = useId();
  return (
    <li class="switch-row">
      <Icon name={icon} size={20} />
      <div>
        <label for={id} class="switch-title">
          {t(`device.switch.${name}.title`)}
        </label>
        <p class="meta" id={`${id}-explanation`}>
          {t(`device.switch.${name}.explanation`)}
        </p>
        {children}
      </div>
      <input
        id={id}
        type="checkbox"
        role="switch"
        class="switch"
        aria-checked={switches.value[name]}
        checked={switches.value[name]}
        aria-describedby={`${id}-explanation`}
        onChange={(event) => setSwitch(name, event.currentTarget.checked)}
      />
    </li>
  );
}
