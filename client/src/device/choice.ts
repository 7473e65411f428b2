const KEY = "ottit.device-model";

/** Whether this person wants the model on this device; only here, nobody else is told. */
export function chosen(): boolean {
  return localStorage.getItem(KEY) === "on";
}

export function choose(on: boolean): void {
  if (on) localStorage.setItem(KEY, "on");
  else localStorage.removeItem(KEY);
}
