import { signal } from "@preact/signals";
import { readStored } from "../../platform/browser/storage";
import type { ProviderSetup } from "./setup";

/** Tokens of one request, as the provider counted them, or as its text suggests. */
export interface Usage {
  input: number;
  output: number;
  estimated: boolean;
}

/** What one day has cost so far. */
export interface DailySpend {
  day: string;
  requests: number;
  input: number;
  output: number;
  /** At the prices that were known when it was spent. */
  money: number;
  estimated: boolean;
  /** Some of it has no known price. */
  unpriced: boolean;
}

const SLOT = "ottit.ownkey.spend";
/** English text has about four characters to a token; other languages have fewer, so this is a floor. */
const CHARACTERS_A_TOKEN = 4;

/** What this device has spent today; tabs share it. */
export const dailySpend = signal<DailySpend>(read());

/** Brings the day up to date: another tab may have spent, and a day may have begun. */
export function refreshSpend(): DailySpend {
  dailySpend.value = read();
  return dailySpend.value;
}

export function recordUsage(usage: Usage, setup: ProviderSetup): void {
  const before = read();
  const cost = costOf(usage, setup);
  dailySpend.value = {
    day: before.day,
    requests: before.requests + 1,
    input: before.input + usage.input,
    output: before.output + usage.output,
    money: before.money + (cost ?? 0),
    estimated: before.estimated || usage.estimated,
    unpriced: before.unpriced || cost === null,
  };
  localStorage.setItem(SLOT, JSON.stringify(dailySpend.value));
}

/** Whether a day's limit is reached, so that nothing more is asked. */
export function isOverLimit(setup: ProviderSetup, day: DailySpend): boolean {
  if (day.input + day.output >= setup.capTokens) return true;
  return setup.capMoney !== null && day.money >= setup.capMoney;
}

/** @returns null where a price is unknown */
function costOf(usage: Usage, { inputPrice, outputPrice }: ProviderSetup): number | null {
  if (inputPrice === null || outputPrice === null) return null;
  return (usage.input * inputPrice + usage.output * outputPrice) / 1_000_000;
}

export function estimateUsage(sent: string, received: string): Usage {
  const tokens = (text: string) => Math.ceil(text.length / CHARACTERS_A_TOKEN);
  return { input: tokens(sent), output: tokens(received), estimated: true };
}

function read(): DailySpend {
  const fresh = { requests: 0, input: 0, output: 0, money: 0, estimated: false, unpriced: false };
  const today = { day: localDay(), ...fresh };
  const stored = readStored(SLOT) as DailySpend | null;
  return stored?.day === today.day ? { ...today, ...stored } : today;
}

/** The day as the person lives it. */
function localDay(): string {
  return new Date().toLocaleDateString("sv");
}
