import { computed, signal } from "@preact/signals";
import { api, isProblem } from "../api/api";
import { setCsrfToken } from "../api/credentials";
import type { Account, Me } from "../api/types";
import { loadCapabilities } from "./capabilities";

/** `undefined` until the server has said whether this browser has a session. */
const me = signal<Me | null | undefined>(undefined);

export const user = computed<Account | null>(() => me.value?.user ?? null);
export const sessionKnown = computed(() => me.value !== undefined);

/** Asks who is here. Without a session, or without an answer, the site is shown as to a reader. */
export async function restoreSession(): Promise<void> {
  try {
    const [answer] = await Promise.all([api<Me>("/v1/me").catch(visitor), loadCapabilities()]);
    setCsrfToken(answer?.csrf_token ?? "");
    me.value = answer;
  } finally {
    me.value ??= null;
  }
}

function visitor(error: unknown): null {
  if (isProblem(error) && (error.status === 401 || error.status === 403)) return null;
  throw error;
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

async function enter(answer: Me): Promise<void> {
  setCsrfToken(answer.csrf_token ?? "");
  await loadCapabilities();
  me.value = answer;
}

async function leave(): Promise<void> {
  setCsrfToken("");
  await loadCapabilities();
  me.value = null;
}
