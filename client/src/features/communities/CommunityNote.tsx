import { can } from "../../platform/state/session";
import { Markdown } from "../../ui/markdown/Markdown";
import { findCommunity } from "./communities";

/** What a community asks of those who write in it. */
export function CommunityNote({ name, writing = false }: { name: string; writing?: boolean }) {
  const community = findCommunity(name);
  if (!community) return null;
  return (
    <section class="note">
      <h2>{community.title || community.name}</h2>
      {community.guideline ? (
        <Markdown text={community.guideline} />
      ) : (
        <p>This community has no guideline yet.</p>
      )}
      {!writing && can("submit_post") && (
        <p>
          <a class="button" href={`/write?community=${community.name}`}>
            Write here
          </a>
        </p>
      )}
    </section>
  );
}
