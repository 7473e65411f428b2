import { useEffect, useMemo } from "preact/hooks";
import { readOwnPosts } from "../api/reads";
import type { Post } from "../api/types";
import { PostList } from "../components/PostList";
import { SignInFirst } from "../components/SignInFirst";
import { PagedList } from "../feed/paged-list";
import { useList } from "../feed/use-list";
import { sessionKnown, user } from "../session/session";
import { onStream } from "../stream/stream";
import { Screen } from "./Screen";

/** Everything that this person wrote, with what became of it. */
export function MineScreen() {
  return (
    <Screen title="My posts">
      {sessionKnown.value && (user.value ? <OwnPosts key={user.value.id} /> : <SignInFirst to="/mine" />)}
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
  useList(list);
  useEffect(() => {
    const stop = onStream("decision", () => void list.restart());
    return () => {
      stop();
      list.close();
    };
  }, [list]);
  return <PostList list={list} empty="You have not written anything yet." showState />;
}
