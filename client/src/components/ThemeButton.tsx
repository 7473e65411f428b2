import { setTheme, type Theme, theme } from "../state/theme";
import { Icon, type IconName } from "./Icon";

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
