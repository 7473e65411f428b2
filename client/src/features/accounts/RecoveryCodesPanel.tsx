import { useSignal } from "@preact/signals";
import { api } from "../../platform/api/client";
import { t } from "../../platform/i18n";
import { report } from "../../platform/state/notices";
import { copyText } from "../../ui/CopyButton";
import { ProofDeclined, proved } from "./proof";

/** Codes for a new password without the old one; they are shown once. */
export function RecoveryCodesPanel({ left, changed }: { left: number; changed: () => void }) {
  const codes = useSignal<string[]>([]);
  const create = async () => {
    try {
      codes.value = (await proved(createCodes)).codes;
      changed();
    } catch (error) {
      if (!(error instanceof ProofDeclined)) report(error, t("accounts.codes.not_created"));
    }
  };
  return (
    <section class="settings-part">
      <h2 class="section-title">{t("accounts.codes.title")}</h2>
      <p>{t("accounts.codes.left", { left })}</p>
      {codes.value.length > 0 && (
        <div class="note" role="status">
          <p>{t("accounts.codes.keep")}</p>
          <ul class="codes">
            {codes.value.map((code) => (
              <li key={code}>
                <code>{code}</code>
              </li>
            ))}
          </ul>
          <button
            type="button"
            class="button"
            onClick={() =>
              void copyText(codes.value.join("\n"), t("accounts.codes.copied"), t("ui.copy_by_hand"))
            }
          >
            {t("accounts.codes.copy")}
          </button>
        </div>
      )}
      <p class="meta">{t("accounts.codes.hint")}</p>
      <button type="button" class="button" onClick={() => void create()}>
        {t(left > 0 ? "accounts.codes.replace" : "accounts.codes.create")}
      </button>
    </section>
  );
}

const createCodes = () => api<{ codes: string[] }>("/v1/me/recovery-codes", { method: "POST" });
