import { t } from "../../platform/i18n";
import { can } from "../../platform/state/session";
import { Markdown } from "../../ui/markdown/Markdown";
import { findCommunity } from "./communities";

/** Title and guideline of a community. */
export function CommunityNote({ name, showWriteLink = true }: { name: string; showWriteLink?: boolean }) {
  const community = findCommunity(name);
  if (!community) return null;
  return (
    <section class="note">
      <h2 dir="auto">{community.title || community.name}</h2>
      {community.guideline ? (
        <Markdown text={community.guideline} />
      ) : (
        <p>{t("communities.note.no_guideline")}</p>
      )}
      {showWriteLink && can("submit_post") && (
        <p>
          <a class="button" href={`/write?community=${community.name}`}>
            {t("communities.note.write")}
          </a>
        </p>
      )}
    </section>
  );
}
