import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { api } from "../../platform/api/client";
import type { Security } from "../../platform/api/types";
import { navigate } from "../../platform/browser/router";
import { rich, t } from "../../platform/i18n";
import { deleteDrafts } from "../../platform/state/drafts";
import { announce } from "../../platform/state/notices";
import { endSession } from "../../platform/state/session";
import { useResource } from "../../platform/state/use-resource";
import { type FieldSpec, Form } from "../../ui/Form";
import { proved } from "./proof";

/** Deletion of the account: says what is deleted and what stays, and asks for the password, if there is one. */
export function ErasePanel() {
  const security = useResource("erase-security", readSecurity);
  const hasPassword = security.data.value?.has_password ?? true;
  const isFormOpen = useSignal(false);
  const erase = async ({ password = "" }: Record<string, string>) => {
    await proved(() => eraseMe(password));
    deleteDrafts();
    await endSession();
    announce(t("accounts.erase.done"));
    navigate("/");
  };
  return (
    <section class="settings-part">
      <h2 class="section-title">{t("accounts.erase.title")}</h2>
      <p>{rich("accounts.erase.deleted", { strong })}</p>
      <p>{rich("accounts.erase.kept", { strong })}</p>
      <p class="meta">{t("accounts.erase.warning")}</p>
      {isFormOpen.value ? (
        <Form
          fields={hasPassword ? [passwordField()] : []}
          action={t("accounts.erase.action")}
          danger
          opened
          send={erase}
        />
      ) : (
        <button
          type="button"
          class="button danger"
          onClick={() => {
            isFormOpen.value = true;
          }}
        >
          {t("accounts.erase.open")}
        </button>
      )}
    </section>
  );
}

const passwordField = (): FieldSpec => ({
  name: "password",
  label: t("accounts.erase.password"),
  secret: true,
  autocomplete: "current-password",
});

const readSecurity = (signal: AbortSignal) => api<Security>("/v1/me/security", { signal });

const strong = (text: ComponentChildren) => <strong>{text}</strong>;

/** Deletes the account and destroys the key to the user's texts. This cannot be undone. */
const eraseMe = (password: string) => api<void>("/v1/me", { method: "DELETE", body: { password } });
