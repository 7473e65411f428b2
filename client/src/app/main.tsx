import "../platform/browser/safe-storage";
import { render } from "preact";
import { App } from "./App";
import "../styles/index.css";
import { communities, loadCommunities } from "../features/communities/communities";
import { connectUnsentTexts } from "../features/composer/unsent-texts";
import { connectFeeds } from "../features/feed/feed";
import { connectCounts } from "../features/posts/live-counts";
import { connectPreviewLog } from "../features/previews/preview-log";
import { connectPreviewsEnabled } from "../features/previews/previews-enabled";
import { sendTraces } from "../platform/api/client";
import { onReconnect, serverUnreachable } from "../platform/api/connectivity";
import { connectClock, connectOnline, connectViewport } from "../platform/browser/online-viewport-clock";
import { connectRouter } from "../platform/browser/router";
import { connectDevice } from "../platform/state/device-model-singleton";
import { report } from "../platform/state/notices";
import { connectSession, refreshSession, restoreSession } from "../platform/state/session";
import { connectStream, onStream } from "../platform/stream/stream-subscriptions";
import { connectTelemetry, recordPageLoad } from "../platform/telemetry/tracer";
import { connectTheme } from "../ui/Theme";
import { connectVisibleCharacters } from "../ui/visible-characters";
import { connectServerReconnect } from "./server-reconnect";
import { connectSiteLinks } from "./site-links";

connectSiteLinks();
connectVisibleCharacters();
connectTheme();
connectRouter();
connectClock();
connectOnline();
connectViewport();
connectTelemetry(sendTraces);
connectFeeds();
connectCounts();
connectStream();
connectSession();
onStream("account", () => void refreshSession().catch(reportUnlessUnreachable));
connectServerReconnect();
connectDevice();
connectPreviewsEnabled();
connectPreviewLog();
connectUnsentTexts();

const root = document.getElementById("app");
if (root) render(<App />, root);

/** Reports an error unless the server is unreachable. Then the banner shows it, and loading is repeated later. */
function reportUnlessUnreachable(error: unknown): void {
  if (!serverUnreachable.peek()) report(error);
}

function load(): void {
  restoreSession().catch(reportUnlessUnreachable);
  loadCommunities().catch(reportUnlessUnreachable);
}

load();
window.addEventListener("online", load);
onReconnect(() => {
  if (!communities.peek()) loadCommunities().catch(reportUnlessUnreachable);
});
recordPageLoad();
