import { computed, effect, signal } from "@preact/signals";
import { api, isProblem } from "../api/api";
import { setCsrfToken } from "../api/credentials";
import { serverAway, sessionRefused } from "../api/reach";
import type { Account, Me, Suspension } from "../api/types";
import { report } from "../state/notices";
import { loadCapabilities } from "./capabilities";

/** `undefined` until the server has said whether this browser has a session. */
const me = signal<Me | null | undefined>(undefined);

export const user = computed<Account | null>(() => me.value?.user ?? null);
/** Why this person may not write at the moment, if so. */
export const suspension = computed<Suspension | null>(() => me.value?.suspension ?? null);
export const sessionKnown = computed(() => me.value !== undefined);

/**
 * Asks who is here. Only the server's word signs somebody out: while it is away or fails, whoever was here
 * stays, and a page that has never heard from it waits.
 */
export async function restoreSession(): Promise<void> {
  try {
    const [answer] = await Promise.all([api<Me>("/v1/me").catch(visitor), loadCapabilities()]);
    setCsrfToken(answer?.csrf_token ?? "");
    me.value = answer;
  } finally {
    if (!serverAway.peek()) me.value ??= null;
  }
}

function visitor(error: unknown): null {
  if (isProblem(error) && error.status === 401) return null;
  throw error;
}

/** A session may end at the server, or in another tab: the first refusal says so. */
export function connectSession(): () => void {
  return effect(() => {
    if (sessionRefused.value > 0 && me.peek()) leave().catch(report);
  });
}

export async function signIn(handle: string, password: string): Promise<void> {
  await enter(await api<Me>("/v1/sessions", { method: "POST", body: { handle, password } }));
}

export async function signUp(handle: string, password: string): Promise<void> {
  await api<Account>("/v1/accounts", { method: "POST", body: { handle, password } });
  await signIn(handle, password);
}

export async function signOut(): Promise<void> {
  await api<void>("/v1/sessions/current", { method: "DELETE" });
  await leave();
}

/** The person is no more: nothing of them is left on this page either. */
export const leaveForGood = leave;

async function enter(answer: Me): Promise<void> {
  setCsrfToken(answer.csrf_token ?? "");
  await loadCapabilities();
  me.value = answer;
}

async function leave(): Promise<void> {
  setCsrfToken("");
  me.value = null;
  await loadCapabilities();
}
