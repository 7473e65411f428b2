import "./state/storage";
import { render } from "preact";
import { App } from "./app";
import "./styles/index.css";
import { onReturn, serverAway } from "./api/reach";
import { connectDevice } from "./device/model";
import { connectCounts } from "./feed/counts";
import { connectFeeds } from "./feed/feed";
import { connectPreviewLog } from "./previews/log";
import { connectMode } from "./previews/mode";
import { connectRouter } from "./router/router";
import { connectSession, restoreSession } from "./session/session";
import { connectClock } from "./state/clock";
import { communities, loadCommunities } from "./state/communities";
import { report } from "./state/notices";
import { connectOnline } from "./state/online";
import { connectRecovery } from "./state/recovery";
import { connectTheme } from "./state/theme";
import { connectViewport } from "./state/viewport";
import { connectStream } from "./stream/stream";
import { recordPageLoad } from "./telemetry/page-load";
import { connectTelemetry } from "./telemetry/tracer";

connectTheme();
connectRouter();
connectClock();
connectOnline();
connectViewport();
connectTelemetry();
connectFeeds();
connectCounts();
connectStream();
connectSession();
connectRecovery();
connectDevice();
connectMode();
connectPreviewLog();

const root = document.getElementById("app");
if (root) render(<App />, root);

/** What fails because the server is away has its own line, and is done again when it is back. */
function orReport(error: unknown): void {
  if (!serverAway.peek()) report(error);
}

function load(): void {
  restoreSession().catch(orReport);
  loadCommunities().catch(orReport);
}

load();
window.addEventListener("online", load);
onReturn(() => {
  if (!communities.peek()) loadCommunities().catch(orReport);
});
recordPageLoad();
