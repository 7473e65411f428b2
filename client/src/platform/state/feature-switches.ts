import { signal } from "@preact/signals";
import { readStored } from "../browser/safe-storage";

/** Helpers that run while the user writes. Each can be switched off; none is needed to post. */
export interface Switches {
  /** Tier 0: the public rules at each keystroke. */
  rules: boolean;
  /** Tier 1: the model on this device, once it is loaded. */
  device: boolean;
  /** Tier 2: the user's own key, once there is one. */
  ownKey: boolean;
  /** Tier 3: the button that asks the server. */
  serverCheck: boolean;
  /** Matching communities and posts, as chips under the title. */
  chips: boolean;
  /** The buttons that suggest a title, another wording or a continuation. */
  suggestions: boolean;
  /** Suggestions by the browser's built-in model. */
  browserModel: boolean;
}

export type Switch = keyof Switches;

const SLOT = "ottit.switches";
/** All on: nothing leaves the device without an address, a key or a click. */
const START: Switches = {
  rules: true,
  device: true,
  ownKey: true,
  serverCheck: true,
  chips: true,
  suggestions: true,
  browserModel: true,
};

export const switches = signal<Switches>(stored());

export function setSwitch(name: Switch, on: boolean): void {
  switches.value = { ...switches.value, [name]: on };
  localStorage.setItem(SLOT, JSON.stringify(switches.value));
}

function stored(): Switches {
  const known = { ...START };
  for (const [name, on] of Object.entries(readStored(SLOT) ?? {})) {
    if (name in known && typeof on === "boolean") known[name as Switch] = on;
  }
  return known;
}
