import { t } from "../../platform/i18n";
import type { FieldSpec } from "../../ui/Form";

/** The field of a handle; its rules are shown only to new users. */
export const handleField = (isNew: boolean): FieldSpec => ({
  name: "handle",
  label: t("accounts.sign_in.handle"),
  hint: isNew ? t("accounts.sign_in.handle_hint") : "",
  pattern: "[a-z0-9_\\-]{3,30}",
  autocomplete: "username",
});
