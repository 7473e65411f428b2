import type { Act } from "../../platform/api/types";
import { type MessageKey, t } from "../../platform/i18n";
import type { RoleName } from "./roles-api";

const NAMES: Readonly<Record<RoleName, MessageKey>> = {
  moderator: "administration.role.moderator",
  admin: "administration.role.admin",
  importer: "administration.role.importer",
};

/** The name of a role, with its community if it is for one only. */
export function roleText(role: string, community: string | null): string {
  if (community) return t("administration.role.moderator_of", { community });
  const key = NAMES[role as RoleName];
  return key ? t(key) : role;
}

/** One act as a sentence. A user who has been erased has no handle any more. */
export function actText(act: Act): string {
  const names = { by: actorText(act), about: act.about_handle ?? t("administration.erased") };
  switch (act.kind) {
    case "user.registered":
      return t("administration.act.invited", names);
    case "user.approved":
      return t("administration.act.approved", names);
    case "user.refused":
      return t("administration.act.refused", names);
    case "user.role_granted":
      return t("administration.act.granted", { ...names, role: roleText(act.role ?? "", act.community) });
    case "user.role_revoked":
      return t("administration.act.revoked", { ...names, role: roleText(act.role ?? "", act.community) });
    case "user.suspended":
      return t("administration.act.suspended", names);
    case "user.reinstated":
      return t("administration.act.reinstated", names);
    case "post.decided":
      return t("administration.act.decided", { ...names, outcome: act.outcome ?? "" });
  }
}

function actorText(act: Act): string {
  if (act.actor !== "user") return t("administration.operator");
  return act.actor_handle ?? t("administration.erased");
}
