import { setTheme, type Theme, theme } from "../state/theme";

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
