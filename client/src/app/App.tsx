import { serverUnreachable } from "../platform/api/connectivity";
import { online } from "../platform/browser/online-viewport-clock";
import { route } from "../platform/browser/router";
import { t } from "../platform/i18n";
import { dismiss, notices } from "../platform/state/notices";
import { Icon } from "../ui/Icon";
import { BottomBar, Rail, TopBar } from "./Navigation";
import { screenAt } from "./routes";

/** The whole page: a fixed frame around the screen of the current address. */
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

/** Errors and success messages, shown above every screen. */
export function Notices() {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map((notice) => (
        <div key={notice.key} class={`notice ${notice.tone}`}>
          <Icon name={notice.tone === "problem" ? "warning" : "check"} />
          <div>
            <p dir="auto">{notice.title}</p>
            {notice.detail && (
              <p class="meta" dir="auto">
                {notice.detail}
              </p>
            )}
          </div>
          <button
            type="button"
            class="icon-button"
            aria-label={t("app.dismiss")}
            onClick={() => dismiss(notice.key)}
          >
            <Icon name="close" size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}

/** A line above all other floating elements while the server cannot be reached. */
export function ConnectivityBanner() {
  const text = connectivityText(online.value, serverUnreachable.value);
  return (
    <div role="status">
      {text && (
        <p class="offline-line">
          <Icon name="offline" size={18} /> <span>{text}</span>
        </p>
      )}
    </div>
  );
}

function connectivityText(isOnline: boolean, isUnreachable: boolean): string {
  if (!isOnline) return t("app.offline");
  return isUnreachable ? t("app.server_unreachable") : "";
}
