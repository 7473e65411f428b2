import type { Decision } from "../platform/api/types";
import { formatLanguage, formatList } from "../platform/browser/format";
import { t } from "../platform/i18n";

/** Says how much of a text no model has read, if any, and in which languages nothing has judged it. */
export function UnreadNote({ decision }: { decision?: Decision | null }) {
  const { reading, unjudged, unjudged_languages: languages = [] } = decision ?? {};
  if (unjudged) {
    return (
      <p class="meta">
        {t("posts.state.unjudged", { languages: formatList(languages.map(formatLanguage)) })}
      </p>
    );
  }
  if (!reading || reading.read === reading.characters) return null;
  const { read, characters } = reading;
  return <p class="meta">{t("posts.state.unread", { read, characters })}</p>;
}
