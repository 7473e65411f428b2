import { signal } from "@preact/signals";
import { readStored } from "../../platform/browser/safe-storage";
import type { ProviderSetup } from "./provider-setup";

/** Tokens of one request, as reported by the provider or estimated from the text. */
export interface Usage {
  input: number;
  output: number;
  estimated: boolean;
}

/** Requests, tokens and cost of one day so far. */
export interface DailySpend {
  day: string;
  requests: number;
  input: number;
  output: number;
  /** At the prices in force at the time of each request. */
  money: number;
  estimated: boolean;
  /** At least one request had no known price. */
  unpriced: boolean;
}

const SLOT = "ottit.ownkey.spend";
/** English text has about four characters per token; other languages have fewer, so estimates are a lower bound. */
const CHARACTERS_PER_TOKEN = 4;

/** Spend of this device today, shared by its tabs. */
export const dailySpend = signal<DailySpend>(read());

/** Reads the spend again: another tab may have spent, or a new day may have begun. */
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

/** Returns true if a daily limit is reached. */
export function isOverLimit(setup: ProviderSetup, day: DailySpend): boolean {
  if (day.input + day.output >= setup.capTokens) return true;
  return setup.capMoney !== null && day.money >= setup.capMoney;
}

/** @returns null if a price is unknown */
function costOf(usage: Usage, { inputPrice, outputPrice }: ProviderSetup): number | null {
  if (inputPrice === null || outputPrice === null) return null;
  return (usage.input * inputPrice + usage.output * outputPrice) / 1_000_000;
}

export function estimateUsage(sent: string, received: string): Usage {
  const tokens = (text: string) => Math.ceil(text.length / CHARACTERS_PER_TOKEN);
  return { input: tokens(sent), output: tokens(received), estimated: true };
}

function read(): DailySpend {
  const fresh = { requests: 0, input: 0, output: 0, money: 0, estimated: false, unpriced: false };
  const today = { day: localDay(), ...fresh };
  const stored = readStored(SLOT) as DailySpend | null;
  return stored?.day === today.day ? { ...today, ...stored } : today;
}

/** Returns the date in the user's time zone as YYYY-MM-DD. */
function localDay(): string {
  return new Date().toLocaleDateString("sv");
}
