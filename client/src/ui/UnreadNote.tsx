import type { Decision } from "../platform/api/types";
import { t } from "../platform/i18n";

/** Says how much of a text no model has read, if any. */
export function UnreadNote({ decision }: { decision?: Decision | null }) {
  const { reading } = decision ?? {};
  if (!reading || reading.read === reading.characters) return null;
  const { read, characters } = reading;
  return <p class="meta">{t("posts.state.unread", { read, characters })}</p>;
}
