import { effect, signal } from "@preact/signals";
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

/** Keeps the document's theme in step with the choice. */
export function connectTheme(): () => void {
  return effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
}

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const ICON: Record<Theme, IconName> = { system: "auto", light: "sun", dark: "moon" };

/** Goes round: as the system says, light, dark. */
export function ThemeButton() {
  const label = `Theme: ${theme.value}. Switch to ${NEXT[theme.value]}`;
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

const CHOICES: [Theme, string][] = [
  ["system", "As the system says"],
  ["light", "Light"],
  ["dark", "Dark"],
];

/** Light or dark, remembered on this device. */
export function ThemeChoice() {
  return (
    <fieldset class="choice">
      <legend>Theme</legend>
      {CHOICES.map(([value, label]) => (
        <label key={value}>
          <input type="radio" name="theme" checked={theme.value === value} onChange={() => setTheme(value)} />{" "}
          {label}
        </label>
      ))}
    </fieldset>
  );
}
