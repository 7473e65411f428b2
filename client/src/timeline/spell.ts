/** A duration as a person would say it: "12 ms", "1.4 s", "3 min", "5 h", "2 d". */
export function spell(ms: number): string {
  if (ms < 1000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  if (seconds < 3600) return `${short(seconds / 60)} min`;
  if (seconds < 86_400) return `${short(seconds / 3600)} h`;
  return `${short(seconds / 86_400)} d`;
}

function short(value: number): string {
  return value < 10 ? value.toFixed(1).replace(".0", "") : String(Math.round(value));
}
