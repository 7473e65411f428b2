import type { Post } from "../api/types";
import type { PagedList } from "../feed/paged-list";
import { can } from "../session/capabilities";
import { Empty } from "./Empty";
import { Failure } from "./Failure";
import { PostCard } from "./PostCard";
import { Sentinel } from "./Sentinel";
import { Skeleton } from "./Skeleton";
import { StateNote } from "./StateNote";

interface Props {
  list: PagedList<Post>;
  empty: string;
  /** Says "published" too, where the person looks for what became of each post. */
  showState?: boolean;
}

/** Posts in the order of their making. */
export function PostList({ list, empty, showState = false }: Props) {
  const posts = list.items.value;
  const error = list.error.value;
  return (
    <div class="feed" aria-busy={list.loading.value}>
      {posts.map((post) => (
        <PostCard
          key={post.id}
          post={post}
          {...(showState && post.state === "published" ? { note: <StateNote post={post} /> } : {})}
        />
      ))}
      {posts.length === 0 && list.complete.value && (
        <Empty title={empty}>{can("submit_post") && <a href="/write">Write something</a>}</Empty>
      )}
      {list.loading.value && <Skeleton items={posts.length === 0 ? 4 : 1} />}
      {error !== undefined && <Failure error={error} retry={() => void list.recover()} />}
      {posts.length > 0 && !list.complete.value && error === undefined && (
        <Sentinel key={posts.length} onSight={() => void list.more()} />
      )}
    </div>
  );
}
