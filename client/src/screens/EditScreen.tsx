import { useSignal } from "@preact/signals";
import { editPost, readPost } from "../api/posts";
import { CommunityNote } from "../components/CommunityNote";
import { Failure } from "../components/Failure";
import { Skeleton } from "../components/Skeleton";
import { TextComposer } from "../composer/TextComposer";
import { splitTitle } from "../markdown/plain";
import { useResource } from "../state/use-resource";
import { Screen } from "./Screen";

/** Changes a text. The change is a new revision and is judged anew. */
export function EditScreen({ id }: { id: string }) {
  const resource = useResource(id, (signal) => readPost(id, signal));
  const sent = useSignal(false);
  const post = resource.data.value;
  return (
    <Screen title="Edit" {...(post ? { aside: <CommunityNote name={post.community} /> } : {})}>
      {resource.error.value !== undefined && <Failure error={resource.error.value} retry={resource.reload} />}
      {!post && resource.loading.value && <Skeleton items={1} />}
      {post && (
        <>
          <h2 class="post-title">{splitTitle(post.title, post.body).title}</h2>
          <TextComposer
            slot={`edit.${id}.${post.revision}`}
            start={{ id, community: post.community, body: post.body }}
            title={post.title ?? ""}
            label="Save the change"
            placeholder="Your text"
            send={({ body }, span) => editPost(id, { body, revision: post.revision }, span)}
            onSent={() => {
              sent.value = true;
            }}
          />
          <p class="meta">
            {sent.value ? (
              <a href={`/p/${id}`}>Open the post</a>
            ) : (
              "A changed text is looked at again before it is shown."
            )}
          </p>
        </>
      )}
    </Screen>
  );
}
