import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Site } from "../../platform/api/types";
import { hideSecret, secretInAddress } from "../../platform/browser/router";
import { t } from "../../platform/i18n";
import { type NewAccount, signUp } from "../../platform/state/session";
import { useResource } from "../../platform/state/use-resource";
import { type FieldSpec, Form } from "../../ui/Form";
import { Empty, Failure, Skeleton } from "../../ui/ListStates";
import { readSite } from "./identity-provider";

interface Props {
  /** Handle and password; somebody who comes from the identity provider needs none. */
  fields: FieldSpec[];
  /** Values to begin with. */
  initial?: Record<string, string>;
  /** An invitation that is known already, instead of the one in the address. */
  invitation?: string;
  create?: (account: NewAccount) => Promise<void>;
  onDone: () => void;
}

/** The form for a new account, with what this site asks of new members. */
export function SignUpForm({ fields, initial = {}, invitation: known, create = signUp, onDone }: Props) {
  const site = useResource("site", readSite);
  const linked = useSignal(known ?? secretInAddress("invitation"));
  useEffect(() => hideSecret("invitation"), []);
  const mode = site.data.value?.sign_ups;
  const send = async ({ handle = "", password = "", ...values }: Record<string, string>) => {
    const invitation = linked.value || values.invitation;
    await create({
      handle,
      password,
      ...(invitation ? { invitation } : {}),
      ...(values.reason ? { reason: values.reason } : {}),
    });
    onDone();
  };
  if (site.error.value !== undefined) return <Failure error={site.error.value} retry={site.reload} />;
  if (!mode) return <Skeleton items={1} />;
  if (mode === "closed") return <Empty title={t("accounts.sign_up.closed")} />;
  const invited = linked.value !== "" && mode !== "open";
  return (
    <>
      {invited && <p role="status">{t("accounts.sign_up.invited")}</p>}
      {!invited && mode === "invitation" && <p>{t("accounts.sign_up.invitation_hint")}</p>}
      {!invited && mode === "approval" && <p>{t("accounts.sign_up.approval_hint")}</p>}
      <Form
        fields={[...fields, ...(invited ? [] : extraFields(mode))]}
        initial={initial}
        action={t("accounts.sign_up.action")}
        send={send}
      />
    </>
  );
}

function extraFields(mode: Site["sign_ups"]): FieldSpec[] {
  if (mode === "invitation")
    return [{ name: "invitation", label: t("accounts.sign_up.invitation"), maxLength: 200 }];
  if (mode !== "approval") return [];
  return [
    {
      name: "reason",
      label: t("accounts.sign_up.reason"),
      hint: t("accounts.sign_up.reason_hint"),
      long: true,
      optional: true,
      maxLength: 1000,
    },
  ];
}
