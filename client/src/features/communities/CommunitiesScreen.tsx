import { useSignal } from "@preact/signals";
import { countOf } from "../../platform/browser/format";
import { navigate } from "../../platform/browser/router";
import { can } from "../../platform/state/session";
import { Form } from "../../ui/Form";
import { Empty, Skeleton } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { communities, createCommunity, filterCommunities, loadCommunities } from "./communities";

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
              <span class="meta">{countOf(community.posts ?? 0, "post")}</span>
            </a>
          </li>
        ))}
      </ul>
    </Screen>
  );
}

/** Founds a community. */
export function NewCommunityScreen() {
  const create = async (values: Record<string, string>) => {
    const { name = "", title = "", guideline = "" } = values;
    await createCommunity({ name, title, guideline });
    await loadCommunities();
    navigate(`/c/${name}`);
  };
  return (
    <Screen title="New community">
      <Form
        fields={[
          {
            name: "name",
            label: "Name in addresses",
            hint: "2 to 40 of a–z, 0–9, _ and -",
            pattern: "[a-z0-9_\\-]{2,40}",
          },
          { name: "title", label: "Title", maxLength: 80 },
          {
            name: "guideline",
            label: "Guideline: what belongs here, and what does not",
            long: true,
            optional: true,
            maxLength: 4000,
          },
        ]}
        action="Create community"
        send={create}
      />
    </Screen>
  );
}
