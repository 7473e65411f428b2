import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { editPost, type PostChange, readPost } from "../api/posts";
import type { Accepted, Post } from "../api/types";
import { CommunityNote } from "../components/CommunityNote";
import { Failure } from "../components/Failure";
import { SignInFirst } from "../components/SignInFirst";
import { Skeleton } from "../components/Skeleton";
import { EditComposer } from "../composer/EditComposer";
import { TextComposer } from "../composer/TextComposer";
import { useMayWrite } from "../composer/use-may-write";
import type { Outgoing } from "../composer/use-writing";
import { sessionKnown } from "../session/session";
import { useResource } from "../state/use-resource";
import { Screen } from "./Screen";

/** Changes a post or a reply. The change is a new revision and is judged anew. */
export function EditScreen({ id }: { id: string }) {
  const after = useRef<number | undefined>(undefined);
  const resource = useResource(id, (signal) => readPost(id, signal, after.current));
  const post = resource.data.value;
  const changed = ({ sequence }: Accepted) => {
    after.current = sequence;
    resource.reload();
  };
  const mayWrite = useMayWrite();
  if (!mayWrite)
    return <Screen title="Edit">{sessionKnown.value && <SignInFirst to={`/p/${id}/edit`} />}</Screen>;
  return (
    <Screen title="Edit" {...(post ? { aside: <CommunityNote name={post.community} writing /> } : {})}>
      {resource.error.value !== undefined && <Failure error={resource.error.value} retry={resource.reload} />}
      {!post && resource.loading.value && <Skeleton items={1} />}
      {post &&
        (post.parent_id ? (
          <EditReply post={post} />
        ) : (
          <EditComposer key={post.revision} post={post} onChanged={changed} />
        ))}
    </Screen>
  );
}

/** A reply has no title to change. */
function changeOf({ body, preview_id }: Outgoing, revision: number): PostChange {
  return preview_id ? { body, preview_id, revision } : { body, revision };
}

function EditReply({ post: { id, community, body, revision } }: { post: Post }) {
  const sent = useSignal(false);
  return (
    <>
      <TextComposer
        slot={`edit.${id}`}
        start={{ id, community, body }}
        label="Save the change"
        placeholder="Your text"
        send={(draft, span) => editPost(id, changeOf(draft, revision), span)}
        onSent={() => {
          sent.value = true;
        }}
      />
      <p class="meta">
        {sent.value ? (
          <a href={`/p/${id}`}>Open the reply</a>
        ) : (
          "A changed text is looked at again before it is shown."
        )}
      </p>
    </>
  );
}
