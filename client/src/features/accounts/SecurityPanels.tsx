import { api } from "../../platform/api/client";
import type { Security } from "../../platform/api/types";
import { formatDateTime } from "../../platform/browser/format";
import { t } from "../../platform/i18n";
import { useResource } from "../../platform/state/use-resource";
import { Failure, Skeleton } from "../../ui/ListStates";
import { IdentityPanel } from "./IdentityPanel";
import { MailPanel } from "./MailPanel";
import { PasskeyPanel } from "./PasskeyPanel";
import { PasswordPanel } from "./PasswordPanel";
import { RecoveryCodesPanel } from "./RecoveryCodesPanel";

/** The ways in which the user signs in and gets back in. */
export function SecurityPanels() {
  const resource = useResource("security", readSecurity);
  const { value: security } = resource.data;
  if (!security) {
    return resource.error.value === undefined ? (
      <Skeleton items={1} />
    ) : (
      <Failure error={resource.error.value} retry={resource.reload} />
    );
  }
  return (
    <>
      {security.guessed_at && (
        <p class="note">{t("accounts.guessed", { when: formatDateTime(security.guessed_at) })}</p>
      )}
      <PasswordPanel hasPassword={security.has_password} changed={resource.reload} />
      <PasskeyPanel />
      <IdentityPanel />
      <RecoveryCodesPanel left={security.recovery_codes} changed={resource.reload} />
      {security.mail_available && <MailPanel mail={security.mail} changed={resource.reload} />}
    </>
  );
}

const readSecurity = (signal: AbortSignal) => api<Security>("/v1/me/security", { signal });
