import { useSignal } from "@preact/signals";
import { navigate } from "../../platform/browser/router";
import { t } from "../../platform/i18n";
import { can } from "../../platform/state/session";
import { Form } from "../../ui/Form";
import { Empty, Skeleton } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { RecommendationsNote } from "../recommendations/RecommendationsNote";
import { communities, createCommunity, filterCommunities, loadCommunities } from "./communities";

/** All communities, with a filter by name. */
export function CommunitiesScreen() {
  const filter = useSignal("");
  const all = communities.value;
  const found = filterCommunities(all ?? [], filter.value);
  return (
    <Screen title={t("communities.list.title")}>
      <div class="list-head">
        <input
          dir="auto"
          type="search"
          class="field"
          aria-label={t("communities.list.filter")}
          placeholder={t("communities.list.filter_placeholder")}
          value={filter.value}
          onInput={(event) => {
            filter.value = event.currentTarget.value;
          }}
        />
        {can("create_community") && (
          <a class="button" href="/new-community">
            {t("communities.list.new")}
          </a>
        )}
      </div>
      <RecommendationsNote />
      {!all && <Skeleton />}
      {all && found.length === 0 && <Empty title={t("communities.list.empty")} />}
      <ul class="community-list">
        {found.map((community) => (
          <li key={community.name}>
            <a href={`/c/${community.name}`}>
              <span class="community-title" dir="auto">
                {community.title || community.name}
              </span>
              <span class="meta">{t("communities.list.posts", { count: community.posts ?? 0 })}</span>
            </a>
          </li>
        ))}
      </ul>
    </Screen>
  );
}

/** The form that creates a community. */
export function NewCommunityScreen() {
  const create = async (values: Record<string, string>) => {
    const { name = "", title = "", guideline = "" } = values;
    await createCommunity({ name, title, guideline });
    await loadCommunities();
    navigate(`/c/${name}`);
  };
  return (
    <Screen title={t("communities.new.title")}>
      <Form
        fields={[
          {
            name: "name",
            label: t("communities.new.name"),
            hint: t("communities.new.name_hint"),
            pattern: "[a-z0-9_\\-]{2,40}",
          },
          { name: "title", label: t("communities.new.title_field"), maxLength: 80 },
          {
            name: "guideline",
            label: t("communities.new.guideline"),
            long: true,
            optional: true,
            maxLength: 4000,
          },
        ]}
        action={t("communities.new.action")}
        send={create}
      />
    </Screen>
  );
}
