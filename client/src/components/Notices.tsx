import { dismiss, notices } from "../state/notices";
import { Icon } from "./Icon";

/** Errors and news that belong to no place on the screen. */
export function Notices() {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map((notice) => (
        <div key={notice.key} class={`notice ${notice.tone}`}>
          <Icon name={notice.tone === "problem" ? "warning" : "check"} />
          <div>
            <p>{notice.title}</p>
            {notice.detail && <p class="meta">{notice.detail}</p>}
          </div>
          <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => dismiss(notice.key)}>
            <Icon name="close" size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}
