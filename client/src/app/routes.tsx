import { signal } from "@preact/signals";
import type { ComponentType, VNode } from "preact";
import { useEffect } from "preact/hooks";
import { ProfileScreen } from "../features/accounts/ProfileScreen";
import { SignInScreen } from "../features/accounts/SignInScreen";
import { UserMenuScreen } from "../features/accounts/UserMenuScreen";
import { CommunitiesScreen, NewCommunityScreen } from "../features/communities/CommunitiesScreen";
import { EditScreen } from "../features/composer/EditScreen";
import { WriteScreen } from "../features/composer/WriteScreen";
import { FeedScreen } from "../features/feed/FeedScreen";
import { OwnPostsScreen } from "../features/posts/OwnPostsScreen";
import { PostScreen } from "../features/posts/PostScreen";
import { SearchScreen } from "../features/search/SearchScreen";
import { match } from "../platform/browser/router";
import { type MessageKey, t } from "../platform/i18n";
import { Empty, Failure, Skeleton } from "../ui/ListStates";
import { Screen } from "../ui/Screen";

/** A screen whose code is loaded when it is first opened; `title` is shown meanwhile. For rarely used screens. */
export function lazyScreen<Props extends object>(
  title: MessageKey,
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  const loaded = signal<ComponentType<Props> | null>(null);
  const error = signal<unknown>(undefined);

  async function read(): Promise<void> {
    error.value = undefined;
    try {
      loaded.value = await load();
    } catch (reason) {
      error.value = reason;
    }
  }

  return function LazyScreen(props: Props) {
    useEffect(() => {
      if (!loaded.value) void read();
    }, []);
    const Loaded = loaded.value;
    if (Loaded) return <Loaded {...props} />;
    return (
      <Screen title={t(title)}>
        {error.value === undefined ? <Skeleton items={1} /> : <Failure error={error.value} retry={read} />}
      </Screen>
    );
  };
}

const AccountScreen = lazyScreen(
  "accounts.account.title",
  async () => (await import("../features/accounts/AccountScreen")).AccountScreen,
);
const ResetScreen = lazyScreen(
  "accounts.reset.title",
  async () => (await import("../features/accounts/ResetScreen")).ResetScreen,
);
const ReturnScreen = lazyScreen(
  "accounts.return.title",
  async () => (await import("../features/accounts/ReturnScreen")).ReturnScreen,
);
const AuditScreen = lazyScreen(
  "administration.audit.title",
  async () => (await import("../features/administration/AuditScreen")).AuditScreen,
);
const RolesScreen = lazyScreen(
  "administration.roles.title",
  async () => (await import("../features/administration/RolesScreen")).RolesScreen,
);
const ApplicationsScreen = lazyScreen(
  "sign_ups.applications.title",
  async () => (await import("../features/sign-ups/ApplicationsScreen")).ApplicationsScreen,
);
const InvitationsScreen = lazyScreen(
  "sign_ups.invitations.title",
  async () => (await import("../features/sign-ups/InvitationsScreen")).InvitationsScreen,
);
const DeviceScreen = lazyScreen(
  "device.screen",
  async () => (await import("../features/device/DeviceScreen")).DeviceScreen,
);
const ReadersScreen = lazyScreen(
  "device.readers.screen",
  async () => (await import("../features/device/ReadersScreen")).ReadersScreen,
);
const DriftScreen = lazyScreen(
  "drift.title",
  async () => (await import("../features/drift/DriftScreen")).DriftScreen,
);
const ReviewScreen = lazyScreen(
  "review.title",
  async () => (await import("../features/review/ReviewScreen")).ReviewScreen,
);
const TimelineScreen = lazyScreen(
  "timeline.title",
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
  ["/me", () => <UserMenuScreen />],
  ["/account", () => <AccountScreen />],
  ["/device", () => <DeviceScreen />],
  ["/readers", () => <ReadersScreen />],
  ["/review", () => <ReviewScreen />],
  ["/drift", () => <DriftScreen />],
  ["/roles", () => <RolesScreen />],
  ["/audit", () => <AuditScreen />],
  ["/applications", () => <ApplicationsScreen />],
  ["/invitations", () => <InvitationsScreen />],
  ["/u/:handle", ({ handle = "" }) => <ProfileScreen key={handle} handle={handle} />],
  ["/sign-in/return", () => <ReturnScreen />],
  ["/sign-in", () => <SignInScreen key="in" isSignUp={false} />],
  ["/reset", () => <ResetScreen />],
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

/** The screen for an unknown address. */
export function NotFoundScreen() {
  return (
    <Screen title={t("app.not_found.title")}>
      <Empty title={t("app.not_found.text")}>
        <a href="/">{t("app.not_found.back")}</a>
      </Empty>
    </Screen>
  );
}
