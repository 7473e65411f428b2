import { signal } from "@preact/signals";
import { readStored } from "../browser/storage";

/** What this page does by itself while somebody writes. Each can be switched off; nothing of it is needed to post. */
export interface Switches {
  /** Tier 0: the public rules at each keystroke. */
  rules: boolean;
  /** Tier 1: the model on this device, once it is here. */
  device: boolean;
  /** Tier 2: the person's own key, once there is one. */
  ownKey: boolean;
  /** Tier 3: the button that asks the server. */
  serverCheck: boolean;
  /** Communities and posts that fit, as chips under the title. */
  chips: boolean;
  /** The buttons for a title, another wording, and how it could go on. */
  suggestions: boolean;
  /** Whether the browser's own model may make suggestions. */
  browserModel: boolean;
}

export type Switch = keyof Switches;

const SLOT = "ottit.switches";
/** All on: what leaves the device needs an address, a key or a click of its own. */
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
