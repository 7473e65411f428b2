import { useMemo } from "preact/hooks";
import type { Act } from "../../platform/api/types";
import { formatDateTime } from "../../platform/browser/format";
import { t } from "../../platform/i18n";
import { PagedList, usePagedList } from "../../platform/state/paged-list";
import { can } from "../../platform/state/session";
import { Empty, Failure, NotAllowed, Sentinel, Skeleton } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { actText } from "./role-texts";
import { readActs } from "./roles-api";

/** For administrators: what moderators, administrators and the operator did, newest first. */
export function AuditScreen() {
  return (
    <Screen title={t("administration.audit.title")}>
      {can("see_audit") ? <ActList /> : <NotAllowed title={t("administration.not_allowed")} to="/audit" />}
    </Screen>
  );
}

function ActList() {
  const list = useMemo(() => new PagedList<Act>(readActs, (act) => String(act.sequence)), []);
  usePagedList(list);
  const { value: acts } = list.items;
  return (
    <>
      <p class="meta">
        {t("administration.audit.hint")} <a href="/roles">{t("administration.roles.title")}</a>
      </p>
      <ul class="grants">
        {acts.map((act) => (
          <ActRow key={act.sequence} act={act} />
        ))}
      </ul>
      {list.loading.value && <Skeleton items={2} />}
      {list.error.value !== undefined && <Failure error={list.error.value} retry={() => void list.retry()} />}
      {acts.length === 0 && list.complete.value && <Empty title={t("administration.audit.empty")} />}
      {!list.complete.value && acts.length > 0 && <Sentinel onSight={() => void list.more()} />}
    </>
  );
}

function ActRow({ act }: { act: Act }) {
  return (
    <li class="grant">
      <div>
        <p>{actText(act)}</p>
        {act.reason && <p>{t("administration.audit.reason", { reason: act.reason })}</p>}
        <p class="meta">
          <time dateTime={act.at}>{formatDateTime(act.at)}</time>
          {act.post_id && (
            <>
              {" · "}
              <a href={`/p/${act.post_id}`}>{t("administration.audit.post")}</a>
            </>
          )}
        </p>
      </div>
    </li>
  );
}
