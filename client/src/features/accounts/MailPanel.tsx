import { useEffect } from "preact/hooks";
import { api } from "../../platform/api/client";
import type { Security } from "../../platform/api/types";
import { t } from "../../platform/i18n";
import { announce, report } from "../../platform/state/notices";
import { Form } from "../../ui/Form";
import { ProofDeclined, proved } from "./proof";

const CONFIRM = "#confirm=";

/** The address for reset codes and notices. A link in a mail confirms it. */
export function MailPanel({ mail, changed }: { mail: Security["mail"]; changed: () => void }) {
  useEffect(() => {
    const { hash } = window.location;
    if (!hash.startsWith(CONFIRM)) return;
    history.replaceState(history.state, "", window.location.pathname);
    confirmMail(hash.slice(CONFIRM.length)).then(
      () => {
        announce(t("accounts.mail.confirmed"));
        changed();
      },
      (error: unknown) => report(error, t("accounts.mail.not_confirmed")),
    );
  }, []);
  const save = async ({ address = "" }: Record<string, string>) => {
    await proved(() => setMail(address));
    announce(t("accounts.mail.sent", { address }));
    changed();
  };
  const remove = async () => {
    try {
      await proved(removeMail);
      changed();
    } catch (error) {
      if (!(error instanceof ProofDeclined)) report(error, t("accounts.mail.not_removed"));
    }
  };
  return (
    <section class="settings-part">
      <h2 class="section-title">{t("accounts.mail.title")}</h2>
      <p class="meta">{t("accounts.mail.hint")}</p>
      {mail ? (
        <div class="grant">
          <div>
            <p>{mail.address}</p>
            <p class="meta">{t(mail.confirmed ? "accounts.mail.in_use" : "accounts.mail.unconfirmed")}</p>
          </div>
          <button type="button" class="button" onClick={() => void remove()}>
            {t("accounts.mail.remove")}
          </button>
        </div>
      ) : (
        <Form
          fields={[{ name: "address", label: t("accounts.mail.address"), maxLength: 254 }]}
          action={t("accounts.mail.action")}
          send={save}
        />
      )}
    </section>
  );
}

const setMail = (address: string) => api<void>("/v1/me/mail", { method: "PUT", body: { address } });

const removeMail = () => api<void>("/v1/me/mail", { method: "DELETE" });

const confirmMail = (code: string) =>
  api<void>("/v1/me/mail/confirmation", { method: "POST", body: { code } });
