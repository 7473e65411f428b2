import { describe } from "../state/describe";
import { Icon } from "./Icon";

/** An error in the place of what could not be loaded. */
export function Failure({ error, retry, safe }: { error: unknown; retry?: () => void; safe?: string }) {
  const { title, detail } = describe(error, safe);
  return (
    <div class="failure" role="alert">
      <Icon name="warning" />
      <div>
        <p class="failure-title">{title}</p>
        {detail && <p class="meta">{detail}</p>}
        {retry && (
          <button type="button" class="button" onClick={retry}>
            Try again
          </button>
        )}
      </div>
    </div>
  );
}
