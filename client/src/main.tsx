import { render } from "preact";
import { App } from "./app";
import "./styles/index.css";
import { connectCounts } from "./feed/counts";
import { connectFeeds } from "./feed/feed";
import { connectRouter } from "./router/router";
import { restoreSession } from "./session/session";
import { connectClock } from "./state/clock";
import { loadCommunities } from "./state/communities";
import { report } from "./state/notices";
import { connectOnline } from "./state/online";
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

const root = document.getElementById("app");
if (root) render(<App />, root);

function load(): void {
  restoreSession().catch(report);
  loadCommunities().catch(report);
}

load();
window.addEventListener("online", load);
recordPageLoad();
