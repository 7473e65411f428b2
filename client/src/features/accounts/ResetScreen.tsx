import { useSignal } from "@preact/signals";
import { api } from "../../platform/api/client";
import { navigate } from "../../platform/browser/router";
import { t } from "../../platform/i18n";
import { announce } from "../../platform/state/notices";
import { type FieldSpec, Form } from "../../ui/Form";
import { Screen } from "../../ui/Screen";
import { passwordProblem } from "./password-rules";

/** A new password without the old one: by the code in the address, or by a recovery code. */
export function ResetScreen() {
  const code = useSignal(decodeURIComponent(window.location.hash.slice(1)));
  const set = async ({ handle = "", recovery = "", new: next = "" }: Record<string, string>) => {
    await completeReset(code.value ? { code: code.value, new: next } : { handle, code: recovery, new: next });
    announce(t("accounts.reset.done"));
    navigate("/sign-in", true);
  };
  return (
    <Screen title={t("accounts.reset.title")}>
      <p>{t(code.value ? "accounts.reset.by_link" : "accounts.reset.by_code")}</p>
      <Form
        fields={[...(code.value ? [] : [handleField("handle"), recoveryField()]), newField()]}
        action={t("accounts.reset.action")}
        send={set}
      />
      {!code.value && <MailRequest />}
    </Screen>
  );
}

/** Asks for a code by mail. The answer does not tell if the account exists. */
function MailRequest() {
  const asked = useSignal(false);
  const ask = async ({ mailed = "" }: Record<string, string>) => {
    await api<void>("/v1/password-resets", { method: "POST", body: { handle: mailed } });
    asked.value = true;
  };
  return (
    <section class="settings-part">
      <h2 class="section-title">{t("accounts.reset.mail_title")}</h2>
      {asked.value ? (
        <p role="status">{t("accounts.reset.mail_asked")}</p>
      ) : (
        <Form fields={[handleField("mailed")]} action={t("accounts.reset.mail_action")} send={ask} />
      )}
      <p class="meta">{t("accounts.reset.operator")}</p>
    </section>
  );
}

const handleField = (name: string): FieldSpec => ({
  name,
  label: t("accounts.sign_in.handle"),
  autocomplete: "username",
});

const recoveryField = (): FieldSpec => ({ name: "recovery", label: t("accounts.reset.recovery_code") });

const newField = (): FieldSpec => ({
  name: "new",
  label: t("accounts.password.new"),
  hint: t("accounts.sign_in.password_hint"),
  secret: true,
  autocomplete: "new-password",
  check: (value, { handle = "" }) => passwordProblem(value, handle),
});

const completeReset = (body: { code: string; handle?: string; new: string }) =>
  api<void>("/v1/password-resets/completion", { method: "POST", body });
