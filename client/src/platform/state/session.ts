import { batch, computed, effect, signal } from "@preact/signals";
import { api, isProblem, setCsrfToken } from "../api/client";
import { serverUnreachable, sessionRefused } from "../api/connectivity";
import type { Account, Capabilities, Me, Suspension } from "../api/types";
import { report } from "./notices";

/** `undefined` until the server has said whether this browser has a session. */
const me = signal<Me | null | undefined>(undefined);

export const user = computed<Account | null>(() => me.value?.user ?? null);
/** Why this person may not write at the moment, if so. */
export const suspension = computed<Suspension | null>(() => me.value?.suspension ?? null);
export const sessionKnown = computed(() => me.value !== undefined);

/** Whether somebody was here when this browser last heard from the server: then both questions go out at once. */
const HAD_SESSION = "ottit.was-here";

/**
 * Asks who is here; where nobody is, the server is not asked for an account. Only its word signs somebody out:
 * while it is away or fails, whoever was here stays, and while it is away a page that has never heard from it waits.
 */
export async function restoreSession(): Promise<void> {
  try {
    const early = localStorage.getItem(HAD_SESSION) === null ? null : readMe();
    const [answer, may] = await Promise.all([early, readCapabilities()]);
    setSession(answer ?? (may.has("see_me") ? await readMe() : null), may);
  } finally {
    if (!serverUnreachable.peek()) me.value ??= null;
  }
}

async function readMe(): Promise<Me | null> {
  try {
    return await api<Me>("/v1/me");
  } catch (error) {
    if (isProblem(error) && error.status === 401) return null;
    throw error;
  }
}

/** A session may end at the server, or in another tab: the first refusal says so. */
export function connectSession(): () => void {
  return effect(() => {
    if (sessionRefused.value > 0 && me.peek()) endSession().catch(report);
  });
}

export async function signIn(handle: string, password: string): Promise<void> {
  await startSession(await api<Me>("/v1/sessions", { method: "POST", body: { handle, password } }));
}

export async function signUp(handle: string, password: string): Promise<void> {
  await api<Account>("/v1/accounts", { method: "POST", body: { handle, password } });
  await signIn(handle, password);
}

export async function signOut(): Promise<void> {
  await api<void>("/v1/sessions/current", { method: "DELETE" });
  await endSession();
}

/** The session is over, here too. */
export async function endSession(): Promise<void> {
  setSession(null, new Set());
  setAllowed(await readCapabilities());
}

async function startSession(answer: Me): Promise<void> {
  setSession(answer, await readCapabilities());
}

/** Who is here and what they may do change together: no screen sees one without the other. */
function setSession(answer: Me | null, may: ReadonlySet<string>): void {
  setCsrfToken(answer?.csrf_token ?? "");
  if (answer) localStorage.setItem(HAD_SESSION, "yes");
  else localStorage.removeItem(HAD_SESSION);
  batch(() => {
    setAllowed(may);
    me.value = answer;
  });
}

/** The names of what this person may do, from the one table. It decides what is shown, never what is done. */
const allowed = signal<ReadonlySet<string>>(new Set());

/** What the server lets whoever is here do. */
export async function readCapabilities(): Promise<ReadonlySet<string>> {
  const table = await api<Capabilities>("/v1/capabilities");
  return new Set(table.items.filter((row) => row.allowed).map((row) => row.name));
}

export function setAllowed(names: ReadonlySet<string>): void {
  allowed.value = names;
}

export function can(name: string): boolean {
  return allowed.value.has(name);
}
