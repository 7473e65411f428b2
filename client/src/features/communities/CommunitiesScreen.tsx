import { useSignal } from "@preact/signals";
import { counted } from "../../platform/browser/format";
import { can } from "../../platform/state/session";
import { Empty, Skeleton } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { communities, filterCommunities } from "./communities";

/** All communities, to be searched by name. */
export function CommunitiesScreen() {
  const words = useSignal("");
  const all = communities.value;
  const found = filterCommunities(all ?? [], words.value);
  return (
    <Screen title="Communities">
      <div class="list-head">
        <input
          type="search"
          class="field"
          aria-label="Filter communities"
          placeholder="Filter by name"
          value={words.value}
          onInput={(event) => {
            words.value = event.currentTarget.value;
          }}
        />
        {can("create_community") && (
          <a class="button" href="/new-community">
            New community
          </a>
        )}
      </div>
      {!all && <Skeleton />}
      {all && found.length === 0 && <Empty title="No community has these letters in its name." />}
      <ul class="community-list">
        {found.map((community) => (
          <li key={community.name}>
            <a href={`/c/${community.name}`}>
              <span class="community-title">{community.title || community.name}</span>
              <span class="meta">{counted(community.posts ?? 0, "post")}</span>
            </a>
          </li>
        ))}
      </ul>
    </Screen>
  );
}
