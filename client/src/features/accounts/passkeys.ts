import { api } from "../../platform/api/client";
import type { Me } from "../../platform/api/types";

interface Options {
  options: Record<string, unknown>;
}

/** True where the page was opened by an IP address: a passkey belongs to a host name (WebAuthn Level 3, 5.4.2). */
export function isOpenedByAddress(host = window.location.hostname): boolean {
  return host.startsWith("[") || /^[\d.]+$/.test(host);
}

/** True where the browser can make passkeys; some also lack the newer way to exchange them as JSON. */
export function passkeysSupported(): boolean {
  return (
    !isOpenedByAddress() &&
    typeof PublicKeyCredential !== "undefined" &&
    typeof PublicKeyCredential.parseCreationOptionsFromJSON === "function"
  );
}

/** Makes a passkey and adds it to the account. */
export async function addPasskey(name: string): Promise<void> {
  const { options } = await api<Options>("/v1/me/passkeys/options", { method: "POST" });
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  );
  const credential = asJson(await navigator.credentials.create({ publicKey }));
  await api<void>("/v1/me/passkeys", { method: "POST", body: { name, credential } });
}

/** Signs in with a passkey; the browser asks which one. */
export async function passkeySession(): Promise<Me> {
  return api<Me>("/v1/sessions/passkey", { method: "POST", body: { credential: await usePasskey() } });
}

/** Proves with a passkey that the user is present. */
export async function provePasskey(): Promise<void> {
  await api<void>("/v1/me/proof/passkey", { method: "POST", body: { credential: await usePasskey() } });
}

async function usePasskey(): Promise<unknown> {
  const { options } = await api<Options>("/v1/passkeys/options", { method: "POST" });
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  );
  return asJson(await navigator.credentials.get({ publicKey }));
}

function asJson(credential: Credential | null): unknown {
  if (!(credential instanceof PublicKeyCredential)) throw new DOMException("no passkey", "NotAllowedError");
  return credential.toJSON();
}

/** True if the user closed the browser's question, or it timed out. */
export function isPasskeyDeclined(error: unknown): boolean {
  return error instanceof DOMException && (error.name === "NotAllowedError" || error.name === "AbortError");
}
