import { api } from "../../platform/api/client";
import type { Me } from "../../platform/api/types";
import { t } from "../../platform/i18n";
import { startSession } from "../../platform/state/session";
import { handleField } from "./handle-field";
import { SignUpForm } from "./SignUpForm";

interface Props {
  person: { username: string; suggested_handle: string };
  /** The code of the invitation with which they came; empty without one. */
  invitation: string;
  onDone: () => void;
}

/** The choice of a handle by somebody who came from the identity provider for the first time. */
export function NewPersonForm({ person, invitation, onDone }: Props) {
  return (
    <>
      <p>
        {person.username
          ? t("accounts.new_person.named", { username: person.username })
          : t("accounts.new_person.unnamed")}
      </p>
      <SignUpForm
        fields={[handleField(true)]}
        initial={{ handle: person.suggested_handle }}
        invitation={invitation}
        create={async ({ password: _none, ...account }) => {
          await startSession(await api<Me>("/v1/accounts/oidc", { method: "POST", body: account }));
        }}
        onDone={onDone}
      />
      <p class="meta">{t("accounts.new_person.has_account")}</p>
    </>
  );
}
