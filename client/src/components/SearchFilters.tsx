import { navigate, place } from "../router/router";
import { communities } from "../state/communities";

/** Narrows a search to one community or one author. */
export function SearchFilters({ community, author }: { community: string; author: string }) {
  return (
    <div class="filters">
      <label>
        <span>In</span>
        <input
          class="field"
          list="filter-communities"
          placeholder="anywhere"
          defaultValue={community}
          key={`c-${community}`}
          autocapitalize="none"
          onChange={(event) => narrow("community", event.currentTarget.value)}
        />
      </label>
      <datalist id="filter-communities">
        {communities.value?.map(({ name, title }) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </datalist>
      <label>
        <span>By</span>
        <input
          class="field"
          placeholder="anyone"
          defaultValue={author}
          key={`a-${author}`}
          autocapitalize="none"
          onChange={(event) => narrow("author", event.currentTarget.value)}
        />
      </label>
    </div>
  );
}

function narrow(name: "community" | "author", value: string): void {
  const query = new URLSearchParams(place.peek().query);
  if (value.trim()) query.set(name, value.trim());
  else query.delete(name);
  navigate(`/search?${query}`, true);
}
