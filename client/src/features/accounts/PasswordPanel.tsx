import { useSignal } from "@preact/signals";
import { api } from "../../platform/api/client";
import { t } from "../../platform/i18n";
import { announce } from "../../platform/state/notices";
import { user } from "../../platform/state/session";
import { type FieldSpec, Form } from "../../ui/Form";
import { passwordProblem } from "./password-rules";
import { proved } from "./proof";

/** Change of the password; other browsers may be signed out with it. */
export function PasswordPanel({ hasPassword, changed }: { hasPassword: boolean; changed: () => void }) {
  const form = useSignal(0); // a new form after each success, with empty fields
  const endOthers = useSignal(false);
  const change = async ({ current = "", new: next = "" }: Record<string, string>) => {
    await proved(() => changePassword(current, next, endOthers.value));
    announce(t("accounts.password.changed"));
    form.value += 1;
    changed();
  };
  return (
    <section class="settings-part">
      <h2 class="section-title">{t("accounts.password.title")}</h2>
      <Form
        key={String(form.value)}
        fields={[...(hasPassword ? [current()] : []), next()]}
        action={t(hasPassword ? "accounts.password.change" : "accounts.password.set")}
        send={change}
      >
        <label class="check">
          <input
            type="checkbox"
            checked={endOthers.value}
            onChange={(event) => {
              endOthers.value = event.currentTarget.checked;
            }}
          />
          <span>{t("accounts.password.end_others")}</span>
        </label>
      </Form>
    </section>
  );
}

const current = (): FieldSpec => ({
  name: "current",
  label: t("accounts.password.current"),
  secret: true,
  autocomplete: "current-password",
});

const next = (): FieldSpec => ({
  name: "new",
  label: t("accounts.password.new"),
  hint: t("accounts.sign_in.password_hint"),
  secret: true,
  autocomplete: "new-password",
  check: (value) => passwordProblem(value, user.peek()?.handle ?? ""),
});

const changePassword = (current: string, next: string, end_other_sessions: boolean) =>
  api<void>("/v1/me/password", { method: "POST", body: { current, new: next, end_other_sessions } });
