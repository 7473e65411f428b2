import { useSignal } from "@preact/signals";
import { api } from "../../platform/api/client";
import type { Page } from "../../platform/api/types";
import { formatDate } from "../../platform/browser/format";
import { rich, t } from "../../platform/i18n";
import { announce, report } from "../../platform/state/notices";
import { useResource } from "../../platform/state/use-resource";
import { Form } from "../../ui/Form";
import { addPasskey, isOpenedByAddress, isPasskeyDeclined, passkeysSupported } from "./passkeys";
import { ProofDeclined, proved } from "./proof";

interface Passkey {
  id: string;
  name: string;
  created_at: string;
}

/** The passkeys of the account: add, list, remove. */
export function PasskeyPanel() {
  const resource = useResource("passkeys", readPasskeys);
  const form = useSignal(0); // a new form after each success, with an empty field
  const add = async ({ passkey = "" }: Record<string, string>) => {
    try {
      await proved(() => addPasskey(passkey));
    } catch (error) {
      if (isPasskeyDeclined(error)) return announce(t("accounts.passkeys.declined"));
      throw error;
    }
    announce(t("accounts.passkeys.added"));
    form.value += 1;
    resource.reload();
  };
  const remove = async (passkey: Passkey) => {
    try {
      await proved(() => removePasskey(passkey.id));
      announce(t("accounts.passkeys.removed"));
      resource.reload();
    } catch (error) {
      if (!(error instanceof ProofDeclined)) report(error, t("accounts.passkeys.not_removed"));
    }
  };
  return (
    <section class="settings-part">
      <h2 class="section-title">{t("accounts.passkeys.title")}</h2>
      <p class="meta">{t("accounts.passkeys.hint")}</p>
      <ul class="grants">
        {resource.data.value?.items.map((passkey) => (
          <li class="grant" key={passkey.id}>
            <div>
              <p dir="auto">{passkey.name}</p>
              <p class="meta">{t("accounts.passkeys.since", { date: formatDate(passkey.created_at) })}</p>
            </div>
            <button
              type="button"
              class="button"
              aria-label={t("accounts.passkeys.remove_named", { name: passkey.name })}
              onClick={() => void remove(passkey)}
            >
              {t("accounts.passkeys.remove")}
            </button>
          </li>
        ))}
      </ul>
      {passkeysSupported() ? (
        <Form
          key={String(form.value)}
          fields={[
            {
              name: "passkey",
              label: t("accounts.passkeys.name"),
              hint: t("accounts.passkeys.name_hint"),
              maxLength: 60,
            },
          ]}
          action={t("accounts.passkeys.add")}
          send={add}
        />
      ) : (
        <p class="meta">
          <Unsupported />
        </p>
      )}
    </section>
  );
}

const readPasskeys = (signal: AbortSignal) => api<Page<Passkey>>("/v1/me/passkeys", { signal });

const removePasskey = (id: string) =>
  api<void>(`/v1/me/passkeys/${encodeURIComponent(id)}`, { method: "DELETE" });

/** The reason why no passkey can be made here. */
function Unsupported() {
  if (!isOpenedByAddress()) return <>{t("accounts.passkeys.unsupported")}</>;
  const here = new URL(window.location.href);
  if (here.hostname !== "127.0.0.1" && here.hostname !== "[::1]")
    return <>{t("accounts.passkeys.needs_name")}</>;
  here.hostname = "localhost";
  return <>{rich("accounts.passkeys.at_localhost", { link: (text) => <a href={here.href}>{text}</a> })}</>;
}
