import { effect, signal } from "@preact/signals";

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
