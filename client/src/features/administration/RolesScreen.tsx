import type { UserWithRoles } from "../../platform/api/types";
import { t } from "../../platform/i18n";
import { announce, report } from "../../platform/state/notices";
import { can, user } from "../../platform/state/session";
import { useResource } from "../../platform/state/use-resource";
import { Failure, NotAllowed, Skeleton } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { ProofDeclined, ProofDialog, proved } from "../accounts/proof";
import { AppointForm } from "./AppointForm";
import { roleText } from "./role-texts";
import { type HeldRole, readRoles, remove } from "./roles-api";

/** For administrators: who has a role, with appointments and removals. */
export function RolesScreen() {
  return (
    <Screen title={t("administration.roles.title")}>
      {can("manage_roles") ? (
        <RoleList />
      ) : (
        <NotAllowed title={t("administration.not_allowed")} to="/roles" />
      )}
    </Screen>
  );
}

function RoleList() {
  const resource = useResource("roles", readRoles);
  const onRemove = async (held: HeldRole) => {
    const names = { handle: held.handle, role: roleText(held.role, held.community) };
    if (!confirm(t("administration.roles.confirm", names))) return;
    try {
      await proved(() => remove(held));
      announce(t("administration.roles.removed", names));
    } catch (error) {
      if (!(error instanceof ProofDeclined)) report(error, t("administration.roles.unchanged"));
    }
    resource.reload();
  };
  const users = resource.data.value?.items;
  return (
    <>
      <p class="meta">
        {t("administration.roles.hint")} <a href="/audit">{t("administration.audit.title")}</a>
      </p>
      {!users && resource.loading.value && <Skeleton items={2} />}
      {resource.error.value !== undefined && <Failure error={resource.error.value} retry={resource.reload} />}
      <ul class="grants">
        {users
          ?.flatMap((one) => one.roles.map((role) => ({ one, role })))
          .map(({ one, role }) => (
            <RoleRow
              key={`${one.id} ${role.role} ${role.community}`}
              one={one}
              held={{ handle: one.handle, ...role }}
              onRemove={onRemove}
            />
          ))}
      </ul>
      <AppointForm onDone={resource.reload} />
      <ProofDialog />
    </>
  );
}

interface RowProps {
  one: UserWithRoles;
  held: HeldRole;
  onRemove: (held: HeldRole) => Promise<void>;
}

/** One role of one user. Nobody removes their own. */
function RoleRow({ one, held, onRemove }: RowProps) {
  const role = roleText(held.role, held.community);
  return (
    <li class="grant">
      <div>
        <p>
          <a href={`/u/${one.handle}`}>
            <bdi>{one.handle}</bdi>
          </a>
        </p>
        <p class="meta">{role}</p>
      </div>
      {user.value?.handle === one.handle ? (
        <span class="meta">{t("administration.roles.you")}</span>
      ) : (
        <button
          type="button"
          class="button"
          aria-label={t("administration.roles.remove_label", { handle: one.handle, role })}
          onClick={() => void onRemove(held)}
        >
          {t("administration.roles.remove")}
        </button>
      )}
    </li>
  );
}
