import { api } from "../../platform/api/client";
import type { Grant, Page } from "../../platform/api/types";
import { formatDate, formatDateTime, formatList } from "../../platform/browser/format";
import { t } from "../../platform/i18n";
import { announce, report } from "../../platform/state/notices";
import { useResource } from "../../platform/state/use-resource";
import { Failure, Skeleton } from "../../ui/ListStates";

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
  const endOthers = async () => {
    try {
      await revokeOtherSessions();
      announce(t("accounts.grants.others_ended"));
      resource.reload();
    } catch (error) {
      report(error, t("accounts.grants.not_ended"));
    }
  };
  const grants = resource.data.value?.items;
  const hasOthers = grants?.some((grant) => grant.kind === "session" && !grant.current);
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
      {hasOthers && (
        <button type="button" class="button" onClick={() => void endOthers()}>
          {t("accounts.grants.end_others")}
        </button>
      )}
    </section>
  );
}

function GrantRow({ grant, end }: { grant: Grant; end: (grant: Grant) => Promise<void> }) {
  return (
    <li class="grant">
      <div>
        <p>{nameOf(grant)}</p>
        <p class="meta">{periodOf(grant)}</p>
        {grant.last_used_at && (
          <p class="meta">{t("accounts.grants.last_used", { when: formatDateTime(grant.last_used_at) })}</p>
        )}
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
  if (grant.current) {
    return grant.device
      ? t("accounts.grants.this_browser_on", { device: grant.device })
      : t("accounts.grants.this_browser");
  }
  if (grant.device) return t("accounts.grants.session_on", { device: grant.device });
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

const readGrants = (signal: AbortSignal) => api<Page<Grant>>("/v1/tokens", { signal });

const revokeOtherSessions = () => api<void>("/v1/sessions/others", { method: "DELETE" });

const revokeGrant = (id: string) => api<void>(`/v1/tokens/${id}`, { method: "DELETE" });
