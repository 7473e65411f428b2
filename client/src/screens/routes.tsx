import type { VNode } from "preact";
import { match } from "../router/router";
import { CommunitiesScreen } from "./CommunitiesScreen";
import { EditScreen } from "./EditScreen";
import { FeedScreen } from "./FeedScreen";
import { later } from "./later";
import { MeScreen } from "./MeScreen";
import { MineScreen } from "./MineScreen";
import { NewCommunityScreen } from "./NewCommunityScreen";
import { NotFoundScreen } from "./NotFoundScreen";
import { PostScreen } from "./PostScreen";
import { SearchScreen } from "./SearchScreen";
import { SignScreen } from "./SignScreen";
import { UserScreen } from "./UserScreen";
import { WriteScreen } from "./WriteScreen";

const AccountScreen = later("Your account", async () => (await import("./AccountScreen")).AccountScreen);
const DeviceScreen = later(
  "This device and AI",
  async () => (await import("../settings/DeviceScreen")).DeviceScreen,
);
const DriftScreen = later("Previews and decisions", async () => (await import("./DriftScreen")).DriftScreen);
const ReviewScreen = later("Review", async () => (await import("./ReviewScreen")).ReviewScreen);
const TimelineScreen = later("Timeline", async () => (await import("./TimelineScreen")).TimelineScreen);

type Show = (params: Record<string, string>) => VNode;

const ROUTES: [pattern: string, show: Show][] = [
  ["/", () => <FeedScreen key="home" />],
  ["/c/:name", ({ name = "" }) => <FeedScreen key={name} name={name} />],
  ["/communities", () => <CommunitiesScreen />],
  ["/new-community", () => <NewCommunityScreen />],
  ["/p/:id", ({ id = "" }) => <PostScreen key={id} id={id} />],
  ["/p/:id/edit", ({ id = "" }) => <EditScreen key={id} id={id} />],
  ["/p/:id/timeline", ({ id = "" }) => <TimelineScreen key={id} id={id} />],
  ["/write", () => <WriteScreen />],
  ["/search", () => <SearchScreen />],
  ["/mine", () => <MineScreen />],
  ["/me", () => <MeScreen />],
  ["/account", () => <AccountScreen />],
  ["/device", () => <DeviceScreen />],
  ["/review", () => <ReviewScreen />],
  ["/drift", () => <DriftScreen />],
  ["/u/:handle", ({ handle = "" }) => <UserScreen key={handle} handle={handle} />],
  ["/sign-in", () => <SignScreen key="in" fresh={false} />],
  ["/sign-up", () => <SignScreen key="up" fresh />],
];

/** The screen for a path. */
export function screenAt(path: string): VNode {
  for (const [pattern, show] of ROUTES) {
    const params = match(pattern, path);
    if (params) return show(params);
  }
  return <NotFoundScreen />;
}
