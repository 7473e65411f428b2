import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { api, isProblem } from "../../platform/api/client";
import type { Security } from "../../platform/api/types";
import { route } from "../../platform/browser/router";
import { t } from "../../platform/i18n";
import { report } from "../../platform/state/notices";
import { useResource } from "../../platform/state/use-resource";
import { Form } from "../../ui/Form";
import { goToProvider, readIdentities } from "./identity-provider";
import { isPasskeyDeclined, passkeysSupported, provePasskey } from "./passkeys";

/** The request that waits until the user has proved who they are. */
const waiting = signal<{ retry: () => void; giveUp: () => void } | null>(null);

/** The user closed the question, so nothing was sent. */
export class ProofDeclined extends Error {}

/** Sends a request; if the server wants a fresh proof, asks for one and sends it again. */
export async function proved<Answer>(send: () => Promise<Answer>): Promise<Answer> {
  try {
    return await send();
  } catch (error) {
    if (!isProblem(error, "proof_needed")) throw error;
  }
  await new Promise<void>((retry, giveUp) => {
    waiting.value = { retry, giveUp: () => giveUp(new ProofDeclined()) };
  });
  return send();
}

function finish(isProved: boolean): void {
  const request = waiting.peek();
  waiting.value = null;
  if (isProved) request?.retry();
  else request?.giveUp();
}

/** Asks who the user is while a request waits for a proof. */
export function ProofDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = waiting.value !== null;
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
  }, [isOpen]);
  if (!isOpen) return null;
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="proof-title" onCancel={() => finish(false)}>
      <h2 id="proof-title" class="section-title">
        {t("accounts.proof.title")}
      </h2>
      <p class="meta">{t("accounts.proof.reason")}</p>
      <Proofs />
      <button type="button" class="button" onClick={() => finish(false)}>
        {t("accounts.proof.cancel")}
      </button>
    </dialog>
  );
}

/** The ways to prove who one is; the password, too, until it is known that there is none. */
function Proofs() {
  const hasPassword = useResource("proof-security", readSecurity).data.value?.has_password ?? true;
  const identities = useResource("proof-identities", readIdentities).data.value;
  const isLinked = identities?.items.some((identity) => identity.is_current) ?? false;
  return (
    <>
      {hasPassword && (
        <Form
          fields={[
            {
              name: "proof",
              label: t("accounts.erase.password"),
              secret: true,
              autocomplete: "current-password",
            },
          ]}
          action={t("accounts.proof.action")}
          send={async ({ proof = "" }) => {
            await provePassword(proof);
            finish(true);
          }}
        />
      )}
      {passkeysSupported() && (
        <button type="button" class="button" onClick={() => void withPasskey()}>
          {t("accounts.proof.passkey")}
        </button>
      )}
      {isLinked && (
        <>
          <button type="button" class="button" onClick={() => void withProvider()}>
            {t("accounts.proof.provider", { name: identities?.provider ?? "" })}
          </button>
          <p class="meta">{t("accounts.proof.provider_hint")}</p>
        </>
      )}
    </>
  );
}

async function withPasskey(): Promise<void> {
  try {
    await provePasskey();
    finish(true);
  } catch (error) {
    if (!isPasskeyDeclined(error)) report(error);
  }
}

/** Leaves this page: the user repeats the request after coming back. */
async function withProvider(): Promise<void> {
  try {
    await goToProvider("prove", route.peek().path);
  } catch (error) {
    report(error);
  }
}

const readSecurity = (signal: AbortSignal) => api<Security>("/v1/me/security", { signal });

const provePassword = (password: string) => api<void>("/v1/me/proof", { method: "POST", body: { password } });
