import { signal } from "@preact/signals";
import type { ComponentType, VNode } from "preact";
import { useEffect } from "preact/hooks";
import { MeScreen } from "../features/accounts/MeScreen";
import { UserScreen } from "../features/accounts/ProfileScreen";
import { SignScreen } from "../features/accounts/SignInScreen";
import { CommunitiesScreen } from "../features/communities/CommunitiesScreen";
import { NewCommunityScreen } from "../features/communities/NewCommunityScreen";
import { EditScreen } from "../features/composer/EditScreen";
import { WriteScreen } from "../features/composer/WriteScreen";
import { FeedScreen } from "../features/feed/FeedScreen";
import { MineScreen } from "../features/posts/OwnPostsScreen";
import { PostScreen } from "../features/posts/PostScreen";
import { SearchScreen } from "../features/search/SearchScreen";
import { match } from "../platform/browser/router";
import { Empty, Failure, Skeleton } from "../ui/ListStates";
import { Screen } from "../ui/Screen";

/** A screen whose code comes when it is first opened: most people never need it. `title` stands while it comes. */
export function later<Props extends object>(
  title: string,
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  const loaded = signal<ComponentType<Props> | null>(null);
  const error = signal<unknown>(undefined);

  function fetchScreen(): void {
    error.value = undefined;
    load().then(
      (screen) => {
        loaded.value = screen;
      },
      (reason: unknown) => {
        error.value = reason;
      },
    );
  }

  return function Later(props: Props) {
    useEffect(() => {
      if (!loaded.value) fetchScreen();
    }, []);
    const Loaded = loaded.value;
    if (Loaded) return <Loaded {...props} />;
    return (
      <Screen title={title}>
        {error.value === undefined ? (
          <Skeleton items={1} />
        ) : (
          <Failure error={error.value} retry={fetchScreen} />
        )}
      </Screen>
    );
  };
}

const AccountScreen = later(
  "Your account",
  async () => (await import("../features/accounts/AccountScreen")).AccountScreen,
);
const DeviceScreen = later(
  "This device and AI",
  async () => (await import("../features/device/DeviceScreen")).DeviceScreen,
);
const DriftScreen = later(
  "Previews and decisions",
  async () => (await import("../features/drift/DriftScreen")).DriftScreen,
);
const ReviewScreen = later(
  "Review",
  async () => (await import("../features/review/ReviewScreen")).ReviewScreen,
);
const TimelineScreen = later(
  "Timeline",
  async () => (await import("../features/timeline/TimelineScreen")).TimelineScreen,
);

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

/** An address that leads nowhere. */
export function NotFoundScreen() {
  return (
    <Screen title="Not here">
      <Empty title="There is nothing at this address.">
        <a href="/">Back to the feed</a>
      </Empty>
    </Screen>
  );
}
