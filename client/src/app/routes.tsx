import { signal } from "@preact/signals";
import type { ComponentType, VNode } from "preact";
import { useEffect } from "preact/hooks";
import { MeScreen } from "../features/accounts/MeScreen";
import { ProfileScreen } from "../features/accounts/ProfileScreen";
import { SignInScreen } from "../features/accounts/SignInScreen";
import { CommunitiesScreen, NewCommunityScreen } from "../features/communities/CommunitiesScreen";
import { EditScreen } from "../features/composer/EditScreen";
import { WriteScreen } from "../features/composer/WriteScreen";
import { FeedScreen } from "../features/feed/FeedScreen";
import { OwnPostsScreen } from "../features/posts/OwnPostsScreen";
import { PostScreen } from "../features/posts/PostScreen";
import { SearchScreen } from "../features/search/SearchScreen";
import { match } from "../platform/browser/router";
import { Empty, Failure, Skeleton } from "../ui/ListStates";
import { Screen } from "../ui/Screen";

/** A screen whose code comes when it is first opened: most people never need it. `title` stands while it comes. */
export function lazyScreen<Props extends object>(
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

  return function LazyScreen(props: Props) {
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

const AccountScreen = lazyScreen(
  "Your account",
  async () => (await import("../features/accounts/AccountScreen")).AccountScreen,
);
const DeviceScreen = lazyScreen(
  "This device and AI",
  async () => (await import("../features/device/DeviceScreen")).DeviceScreen,
);
const DriftScreen = lazyScreen(
  "Previews and decisions",
  async () => (await import("../features/drift/DriftScreen")).DriftScreen,
);
const ReviewScreen = lazyScreen(
  "Review",
  async () => (await import("../features/review/ReviewScreen")).ReviewScreen,
);
const TimelineScreen = lazyScreen(
  "Timeline",
  async () => (await import("../features/timeline/TimelineScreen")).TimelineScreen,
);

type RenderScreen = (params: Record<string, string>) => VNode;

const ROUTES: [pattern: string, show: RenderScreen][] = [
  ["/", () => <FeedScreen key="home" />],
  ["/c/:name", ({ name = "" }) => <FeedScreen key={name} name={name} />],
  ["/communities", () => <CommunitiesScreen />],
  ["/new-community", () => <NewCommunityScreen />],
  ["/p/:id", ({ id = "" }) => <PostScreen key={id} id={id} />],
  ["/p/:id/edit", ({ id = "" }) => <EditScreen key={id} id={id} />],
  ["/p/:id/timeline", ({ id = "" }) => <TimelineScreen key={id} id={id} />],
  ["/write", () => <WriteScreen />],
  ["/search", () => <SearchScreen />],
  ["/mine", () => <OwnPostsScreen />],
  ["/me", () => <MeScreen />],
  ["/account", () => <AccountScreen />],
  ["/device", () => <DeviceScreen />],
  ["/review", () => <ReviewScreen />],
  ["/drift", () => <DriftScreen />],
  ["/u/:handle", ({ handle = "" }) => <ProfileScreen key={handle} handle={handle} />],
  ["/sign-in", () => <SignInScreen key="in" isSignUp={false} />],
  ["/sign-up", () => <SignInScreen key="up" isSignUp />],
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
