import { useEffect, useMemo } from "preact/hooks";
import { api } from "../../platform/api/client";
import type { Page, Post } from "../../platform/api/types";
import { t } from "../../platform/i18n";
import { PAGE_SIZE, PagedList, usePagedList } from "../../platform/state/paged-list";
import { can, sessionKnown, user } from "../../platform/state/session";
import { onStream } from "../../platform/stream/stream-subscriptions";
import { Empty, Failure, Sentinel, SignInRequired, Skeleton } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { PostCard } from "./PostCard";
import { PostStateNote } from "./PostStateNote";

/** The user's own posts and replies with their states. */
export function OwnPostsScreen() {
  return (
    <Screen title={t("app.my_posts")}>
      {sessionKnown.value && (user.value ? <OwnPosts key={user.value.id} /> : <SignInRequired to="/mine" />)}
    </Screen>
  );
}

function OwnPosts() {
  const list = useMemo(
    () =>
      new PagedList<Post>(
        (cursor, signal) => readOwnPosts(cursor, signal),
        (post) => post.id,
      ),
    [],
  );
  usePagedList(list);
  useEffect(() => {
    const stop = onStream("decision", () => void list.restart());
    return () => {
      stop();
      list.close();
    };
  }, [list]);
  return <PostList list={list} empty={t("posts.own.empty")} showState />;
}

interface ListProps {
  list: PagedList<Post>;
  empty: string;
  /** Shows the state of published posts, too. */
  showState?: boolean;
}

/** Posts in order of creation. */
function PostList({ list, empty, showState = false }: ListProps) {
  const posts = list.items.value;
  const error = list.error.value;
  return (
    <div class="feed" aria-busy={list.loading.value}>
      {posts.map((post) => (
        <PostCard
          key={post.id}
          post={post}
          {...(showState && post.state === "published" ? { note: <PostStateNote post={post} /> } : {})}
        />
      ))}
      {posts.length === 0 && list.complete.value && (
        <Empty title={empty}>{can("submit_post") && <a href="/write">{t("posts.own.write")}</a>}</Empty>
      )}
      {list.loading.value && <Skeleton items={posts.length === 0 ? 4 : 1} />}
      {error !== undefined && <Failure error={error} retry={() => void list.retry()} />}
      {posts.length > 0 && !list.complete.value && error === undefined && (
        <Sentinel key={posts.length} onSight={() => void list.more()} />
      )}
    </div>
  );
}

export const readOwnPosts = (cursor: string | undefined, signal: AbortSignal) =>
  api<Page<Post>>("/v1/me/posts", { query: { cursor, limit: PAGE_SIZE }, signal });
