import { t } from "../../platform/i18n";

/** The server's rule: `PASSWORD_MIN` in services/gateway/http/schemas.py. */
export const PASSWORD_MIN = 10;
const SITE = "ottit";

/** Says at once why the server would refuse a password; the server also knows which passwords are common. */
export function passwordProblem(password: string, handle: string): string {
  if (password.length < PASSWORD_MIN) return t("accounts.password.short", { count: PASSWORD_MIN });
  if (isMadeOf(password, handle)) return t("error.password_has_handle");
  return isMadeOf(password, SITE) ? t("error.password_has_site_name") : "";
}

function isMadeOf(password: string, name: string): boolean {
  const lowered = password.toLowerCase();
  return name !== "" && lowered.includes(name) && lowered.replaceAll(name, "").length < PASSWORD_MIN;
}
