import { useSignal } from "@preact/signals";
import type { Community } from "../api/types";
import { filterCommunities } from "../state/communities";

/** More than fits on a phone above its keyboard is not worth listing: typing is faster. */
const SHOWN = 8;
const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };

/** What is typed, what it leaves to choose from, and where the arrow keys are. */
export function usePicker(all: readonly Community[], onPick: (name: string) => void) {
  const typed = useSignal<string | null>(null);
  const active = useSignal(0);
  const open = typed.value !== null;
  const options = open ? filterCommunities(all, typed.value ?? "").slice(0, SHOWN) : [];
  const type = (words: string) => {
    typed.value = words;
    active.value = 0;
  };
  const close = () => {
    typed.value = null;
  };
  const pick = (name: string | undefined) => {
    if (name) onPick(name);
    close();
  };
  const step = (by: number) => {
    if (!open) type("");
    else active.value = Math.min(Math.max(active.value + by, 0), Math.max(options.length - 1, 0));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") close();
    if (event.key === "Enter" && open) pick(options[active.value]?.name);
    const by = STEPS[event.key];
    if (by !== undefined) step(by);
    // Enter in this field chooses; it never sends the post.
    if (event.key === "Enter" || by !== undefined) event.preventDefault();
  };
  return { typed: typed.value, active: active.value, open, options, type, close, pick, onKeyDown };
}
