import { effect, signal } from "@preact/signals";
import { type MessageKey, t } from "../platform/i18n";
import { Icon, type IconName } from "./Icon";

export type Theme = "system" | "light" | "dark";

const KEY = "ottit.theme";
const ORDER: readonly Theme[] = ["system", "light", "dark"];

export const theme = signal<Theme>(stored());

function stored(): Theme {
  const value = localStorage.getItem(KEY);
  return ORDER.find((known) => known === value) ?? "system";
}

export function setTheme(next: Theme): void {
  localStorage.setItem(KEY, next);
  theme.value = next;
}

/** Applies the chosen theme to the document; the returned function stops it. */
export function connectTheme(): () => void {
  return effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
}

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const ICON: Record<Theme, IconName> = { system: "auto", light: "sun", dark: "moon" };

const SWITCH: Record<Theme, MessageKey> = {
  system: "ui.theme.switch_to_light",
  light: "ui.theme.switch_to_dark",
  dark: "ui.theme.switch_to_system",
};

/** Switches to the next theme: system, light, dark. */
export function ThemeButton() {
  const label = t(SWITCH[theme.value]);
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={label}
      onClick={() => setTheme(NEXT[theme.value])}
    >
      <Icon name={ICON[theme.value]} />
    </button>
  );
}

const CHOICES: [Theme, MessageKey][] = [
  ["system", "ui.theme.system"],
  ["light", "ui.theme.light"],
  ["dark", "ui.theme.dark"],
];

/** Choice of the theme, kept on this device. */
export function ThemeChoice() {
  return (
    <fieldset class="choice">
      <legend>{t("ui.theme")}</legend>
      {CHOICES.map(([value, label]) => (
        <label key={value}>
          <input type="radio" name="theme" checked={theme.value === value} onChange={() => setTheme(value)} />{" "}
          {t(label)}
        </label>
      ))}
    </fieldset>
  );
}
