import { computed, signal } from "@preact/signals";
import { api } from "../../platform/api/client";
import type { Community, NewCommunity, Page } from "../../platform/api/types";

/** All communities, most active first; undefined until they are loaded. */
export const communities = signal<readonly Community[] | undefined>(undefined);

const byName = computed(() => new Map(communities.value?.map((community) => [community.name, community])));

export async function loadCommunities(): Promise<void> {
  const { items } = await readCommunities();
  communities.value = items.toSorted(
    (a, b) => (b.posts ?? 0) - (a.posts ?? 0) || a.name.localeCompare(b.name),
  );
}

export function findCommunity(name: string): Community | undefined {
  return byName.value.get(name);
}

/** Communities whose name or title contains `filter`; those that start with it come first. */
export function filterCommunities(all: readonly Community[], filter: string): Community[] {
  const wanted = filter.trim().toLowerCase();
  const rank = ({ name, title }: Community) => {
    if (name.toLowerCase().startsWith(wanted)) return 0;
    if (title.toLowerCase().startsWith(wanted)) return 1;
    return name.toLowerCase().includes(wanted) || title.toLowerCase().includes(wanted) ? 2 : 3;
  };
  return all.filter((community) => rank(community) < 3).toSorted((a, b) => rank(a) - rank(b));
}

export const readCommunities = () => api<Page<Community>>("/v1/communities");

export const createCommunity = (community: NewCommunity) =>
  api<Community>("/v1/communities", { method: "POST", body: community });
