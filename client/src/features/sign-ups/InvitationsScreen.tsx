import { useSignal } from "@preact/signals";
import type { Invitation } from "../../platform/api/types";
import { hostPath } from "../../platform/browser/base-path";
import { formatDate } from "../../platform/browser/format";
import { t } from "../../platform/i18n";
import { announce, report } from "../../platform/state/notices";
import { sessionKnown, user } from "../../platform/state/session";
import { useResource } from "../../platform/state/use-resource";
import { CopyButton } from "../../ui/CopyButton";
import { Form } from "../../ui/Form";
import { Empty, Failure, SignInRequired, Skeleton } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { invite, readInvitations, revoke } from "./sign-ups-api";

/** The user's invitations; administrators see those of everybody. */
export function InvitationsScreen() {
  return (
    <Screen title={t("sign_ups.invitations.title")}>
      {sessionKnown.value && (user.value ? <InvitationList /> : <SignInRequired to="/invitations" />)}
    </Screen>
  );
}

/** Open invitations, and a form for a new one. */
export function InvitationList() {
  const resource = useResource("invitations", readInvitations);
  const link = useSignal("");
  const onMake = async ({ uses = "", days = "" }: Record<string, string>) => {
    const made = await invite(Number(uses || 1), Number(days || 7));
    link.value = window.location.origin + hostPath(made.link);
    resource.reload();
  };
  const onRevoke = async (one: Invitation) => {
    try {
      await revoke(one.id);
      announce(t("sign_ups.invitations.revoked"));
    } catch (error) {
      report(error, t("sign_ups.invitations.not_revoked"));
    }
    resource.reload();
  };
  const found = resource.data.value;
  return (
    <>
      {found?.may_invite && <p class="meta">{t("sign_ups.invitations.hint")}</p>}
      {!found && resource.loading.value && <Skeleton items={1} />}
      {resource.error.value !== undefined && <Failure error={resource.error.value} retry={resource.reload} />}
      {found && !found.may_invite && <Empty title={t("sign_ups.invitations.not_allowed")} />}
      {found?.may_invite && (
        <Form
          fields={[
            {
              name: "uses",
              label: t("sign_ups.invitations.uses"),
              inputMode: "decimal",
              optional: true,
              hint: t("sign_ups.invitations.if_empty", { count: 1 }),
              check: (value) => outOfRange(value, 100),
            },
            {
              name: "days",
              label: t("sign_ups.invitations.days"),
              inputMode: "decimal",
              optional: true,
              hint: t("sign_ups.invitations.if_empty", { count: 7 }),
              check: (value) => outOfRange(value, 365),
            },
          ]}
          action={t("sign_ups.invitations.make")}
          send={onMake}
        />
      )}
      {link.value && (
        <section class="note" role="status" aria-label={t("sign_ups.invitations.link")}>
          <h2>{t("sign_ups.invitations.link")}</h2>
          <p>
            <CopyButton label={t("sign_ups.invitations.link")} text={link.value} />
          </p>
          <p class="meta">{t("sign_ups.invitations.once")}</p>
        </section>
      )}
      <ul class="grants">
        {found?.items.map((one) => (
          <InvitationRow key={one.id} one={one} onRevoke={onRevoke} />
        ))}
      </ul>
    </>
  );
}

/** The problem with a number that may be left empty; empty if there is none. */
function outOfRange(value: string, most: number): string {
  if (value === "" || (/^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= most)) return "";
  return t("sign_ups.invitations.out_of_range", { most });
}

function InvitationRow({ one, onRevoke }: { one: Invitation; onRevoke: (one: Invitation) => Promise<void> }) {
  const until = formatDate(one.expires_at);
  return (
    <li class="grant">
      <div>
        <p>{t("sign_ups.invitations.used", { uses: one.uses, most: one.most_uses })}</p>
        <p class="meta">
          {one.made_by
            ? t("sign_ups.invitations.by", { handle: one.made_by, until })
            : t("sign_ups.invitations.by_operator", { until })}
        </p>
      </div>
      <button
        type="button"
        class="button"
        aria-label={t("sign_ups.invitations.revoke_label", { until })}
        onClick={() => void onRevoke(one)}
      >
        {t("sign_ups.invitations.revoke")}
      </button>
    </li>
  );
}
