import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { api } from "../../platform/api/client";
import type { Grant, Page } from "../../platform/api/types";
import { formatDate, formatList } from "../../platform/browser/format";
import { navigate } from "../../platform/browser/router";
import { rich, t } from "../../platform/i18n";
import { deleteDrafts } from "../../platform/state/drafts";
import { announce, report } from "../../platform/state/notices";
import { can, endSession, sessionKnown, user } from "../../platform/state/session";
import { useResource } from "../../platform/state/use-resource";
import { Form } from "../../ui/Form";
import { Failure, SignInRequired, Skeleton } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";

/** Sign-ins and tokens of the account, and its deletion. */
export function AccountScreen() {
  return (
    <Screen title={t("accounts.account.title")}>
      {sessionKnown.value && !user.value && <SignInRequired to="/account" />}
      {user.value && can("see_tokens") && <GrantList />}
      {user.value && can("erase_me") && <ErasePanel />}
    </Screen>
  );
}

/** The user's sessions and API tokens. */
export function GrantList() {
  const resource = useResource("grants", readGrants);
  const end = async (grant: Grant) => {
    try {
      await revokeGrant(grant.id);
      announce(t("accounts.grants.ended"));
      resource.reload();
    } catch (error) {
      report(error, t("accounts.grants.not_ended"));
    }
  };
  const grants = resource.data.value?.items;
  return (
    <section class="settings-part">
      <h2 class="section-title">{t("accounts.grants.title")}</h2>
      <p class="meta">{t("accounts.grants.hint")}</p>
      {!grants && resource.loading.value && <Skeleton items={1} />}
      {resource.error.value !== undefined && <Failure error={resource.error.value} retry={resource.reload} />}
      <ul class="grants">
        {grants?.map((grant) => (
          <GrantRow key={grant.id} grant={grant} end={end} />
        ))}
      </ul>
    </section>
  );
}

function GrantRow({ grant, end }: { grant: Grant; end: (grant: Grant) => Promise<void> }) {
  return (
    <li class="grant">
      <div>
        <p>{nameOf(grant)}</p>
        <p class="meta">{periodOf(grant)}</p>
      </div>
      {!grant.current && (
        <button type="button" class="button" onClick={() => void end(grant)}>
          {t("accounts.grants.end")}
        </button>
      )}
    </li>
  );
}

function nameOf(grant: Grant): string {
  if (grant.current) return t("accounts.grants.this_browser");
  return grant.kind === "token"
    ? t("accounts.grants.token", { name: grant.name })
    : t("accounts.grants.session");
}

/** Lifetime and scopes. Scopes are API names, so they are not translated. */
function periodOf(grant: Grant): string {
  const period = { since: formatDate(grant.created_at), until: formatDate(grant.expires_at) };
  return grant.scopes.length === 0
    ? t("accounts.grants.period", period)
    : t("accounts.grants.period_with_scopes", { ...period, scopes: formatList(grant.scopes) });
}

/** Deletion of the account: says what is deleted and what stays, and asks for the password. */
export function ErasePanel() {
  const isFormOpen = useSignal(false);
  const erase = async ({ password = "" }: Record<string, string>) => {
    await eraseMe(password);
    deleteDrafts();
    await endSession();
    announce(t("accounts.erase.done"));
    navigate("/");
  };
  return (
    <section class="settings-part">
      <h2 class="section-title">{t("accounts.erase.title")}</h2>
      <p>{rich("accounts.erase.deleted", { strong })}</p>
      <p>{rich("accounts.erase.kept", { strong })}</p>
      <p class="meta">{t("accounts.erase.warning")}</p>
      {isFormOpen.value ? (
        <Form
          fields={[
            {
              name: "password",
              label: t("accounts.erase.password"),
              secret: true,
              autocomplete: "current-password",
            },
          ]}
          action={t("accounts.erase.action")}
          danger
          send={erase}
        />
      ) : (
        <button
          type="button"
          class="button danger"
          onClick={() => {
            isFormOpen.value = true;
          }}
        >
          {t("accounts.erase.open")}
        </button>
      )}
    </section>
  );
}

const strong = (text: ComponentChildren) => <strong>{text}</strong>;

export const readGrants = (signal: AbortSignal) => api<Page<Grant>>("/v1/tokens", { signal });

export const revokeGrant = (id: string) => api<void>(`/v1/tokens/${id}`, { method: "DELETE" });

/** Deletes the account and destroys the key to the user's texts. This cannot be undone. */
export const eraseMe = (password: string) => api<void>("/v1/me", { method: "DELETE", body: { password } });
