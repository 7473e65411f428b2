import { serverUnreachable } from "../platform/api/connectivity";
import { route } from "../platform/browser/router";
import { online } from "../platform/browser/signals";
import { t } from "../platform/i18n";
import { dismiss, notices } from "../platform/state/notices";
import { Icon } from "../ui/Icon";
import { BottomBar, Rail, TopBar } from "./Navigation";
import { screenAt } from "./routes";

/** The whole page: the frame stays, the screen changes with the address. */
export function App() {
  return (
    <>
      <a class="skip-link" href="#main">
        {t("app.skip_to_content")}
      </a>
      <TopBar />
      <div class="columns">
        <Rail />
        {screenAt(route.value.path)}
      </div>
      <BottomBar />
      <div class="floats">
        <Notices />
        <ConnectivityBanner />
      </div>
    </>
  );
}

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

/** One line, above everything that floats, for as long as there is nobody to talk to. */
export function ConnectivityBanner() {
  const words = lineFor(online.value, serverUnreachable.value);
  return (
    <div role="status">
      {words && (
        <p class="offline-line">
          <Icon name="offline" size={18} /> <span>{words}</span>
        </p>
      )}
    </div>
  );
}

function lineFor(isOnline: boolean, isAway: boolean): string {
  if (!isOnline) return "You are offline. What was loaded stays, and what you write is kept on this device.";
  if (isAway)
    return "The server is away. What you write is kept on this device; this page goes on when it is back.";
  return "";
}
