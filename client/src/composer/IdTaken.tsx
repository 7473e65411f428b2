import { uuid7 } from "../api/uuid7";

/** An earlier version of the draft has arrived after all: it can be opened, or this one made another post. */
export function IdTaken({ id, onNewId }: { id: string; onNewId: (id: string) => void }) {
  return (
    <p class="meta">
      An earlier version of this text has <a href={`/p/${id}`}>already arrived</a>.{" "}
      <button type="button" class="link-button" onClick={() => onNewId(uuid7())}>
        Make this one a new post
      </button>
    </p>
  );
}
