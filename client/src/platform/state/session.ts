import { batch, computed, effect, signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { api, isProblem, setCsrfToken } from "../api/client";
import { serverUnreachable, sessionRefused } from "../api/connectivity";
import type { Account, Capabilities, Me, Refusal, Suspension, VoteWeight } from "../api/types";
import { formatDateTime } from "../browser/format";
import { t } from "../i18n";
import { announce, report } from "./notices";

/** The session; null without one, undefined until the server has answered. */
const me = signal<Me | null | undefined>(undefined);

export const user = computed<Account | null>(() => me.value?.user ?? null);
/** The user's suspension from writing, if any. */
export const suspension = computed<Suspension | null>(() => me.value?.suspension ?? null);
/** True while the account waits for an approval: it reads, and keeps drafts on the device. */
export const waits = computed(() => me.value?.standing === "waiting");
/** True if the user may make invitations, and this site asks for them. */
export const mayInvite = computed(() => me.value?.may_invite ?? false);
/** The refusal of the user's sign-up, if there is one. */
export const refusal = computed<Refusal | null>(() => me.value?.refusal ?? null);
/** The weight of the user's votes and reports; undefined without a session. */
export const voteWeight = computed<VoteWeight | undefined>(() => me.value?.vote_weight);
export const sessionKnown = computed(() => me.value !== undefined);

/** Set while this browser has a session: at the next start, account and capabilities are requested in parallel. */
const HAD_SESSION = "ottit.was-here";

/**
 * Loads the session and its capabilities. Only an answer of the server signs the user out: while it is unreachable
 * or fails, the known session stays, and a page without an answer so far waits.
 */
export async function restoreSession(): Promise<void> {
  try {
    const early = localStorage.getItem(HAD_SESSION) === null ? null : readMe();
    const [answer, capabilities] = await Promise.all([early, readCapabilities()]);
    setSession(answer ?? (capabilities.has("see_me") ? await readMe() : null), capabilities);
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

/** Ends the session on this page once the server refuses it, because it ended on the server or in another tab. */
export function connectSession(): () => void {
  return effect(() => {
    if (sessionRefused.value > 0 && me.peek()) endSession().catch(report);
  });
}

/** Reads account and capabilities again, so that the page shows what the user may do now. */
export async function refreshSession(): Promise<void> {
  if (!me.peek()) return;
  const [answer, capabilities] = await Promise.all([readMe(), readCapabilities()]);
  if (me.peek()) setSession(answer, capabilities);
}

export async function signIn(handle: string, password: string): Promise<void> {
  await startSession(await api<Me>("/v1/sessions", { method: "POST", body: { handle, password } }));
}

/** A new account. `invitation`: its code, and `reason`: for those who approve accounts, both where the site asks. */
export interface NewAccount {
  handle: string;
  password: string;
  invitation?: string;
  reason?: string;
}

export async function signUp(account: NewAccount): Promise<void> {
  await api<Account>("/v1/accounts", { method: "POST", body: account });
  await signIn(account.handle, account.password);
}

export async function signOut(): Promise<void> {
  await api<void>("/v1/sessions/current", { method: "DELETE" });
  await endSession();
}

/** Forgets the session on this page. */
export async function endSession(): Promise<void> {
  setSession(null, new Set());
  setAllowed(await readCapabilities());
}

/** Takes over a session that the server has begun. */
export async function startSession(answer: Me): Promise<void> {
  if (answer.guessed_at) announce(t("accounts.guessed", { when: formatDateTime(answer.guessed_at) }));
  setSession(answer, await readCapabilities());
}

/** Sets session and capabilities together, so that no screen sees one without the other. */
function setSession(answer: Me | null, capabilities: ReadonlySet<string>): void {
  setCsrfToken(answer?.csrf_token ?? "");
  if (answer) localStorage.setItem(HAD_SESSION, "yes");
  else localStorage.removeItem(HAD_SESSION);
  batch(() => {
    setAllowed(capabilities);
    me.value = answer;
  });
}

/** Names of the user's capabilities. They decide what is shown; the server checks each request itself. */
const allowed = signal<ReadonlySet<string>>(new Set());

/** Returns whether the user moderates the whole site, and so decides on people who wait for an approval. */
export function decidesSignUps(): boolean {
  return (
    can("decide_sign_ups") &&
    (user.value?.roles.some((one) => one === "moderator" || one === "admin") ?? false)
  );
}

/** Reads the names of the capabilities that this session has. */
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

/**
 * Returns true once the user may write, and from then on: when the session ends, the text stays on the page. Somebody
 * who waits for an approval may write a draft.
 */
export function useMayWrite(): boolean {
  const began = useRef(false);
  began.current ||= can("submit_post") || waits.value;
  return began.current;
}
