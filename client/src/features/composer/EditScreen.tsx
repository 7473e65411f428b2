import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { editPost, type PostChange, readPost } from "../../platform/api/posts";
import type { Accepted, Post } from "../../platform/api/types";
import { useResource } from "../../platform/state/resource";
import { sessionKnown } from "../../platform/state/session";
import { Failure, SignInRequired, Skeleton } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { CommunityNote } from "../communities/CommunityNote";
import { SuggestionSlot } from "../suggestions/Suggestions";
import { useSuggestions } from "../suggestions/use-suggestions";
import { AfterSubmission, SendButton, statusActions, WritingTools } from "./ComposerActions";
import { PostFields } from "./PostFields";
import { StatusBar } from "./StatusBar";
import { TextComposer } from "./TextComposer";
import { type OutgoingDraft, useMayWrite, useWriting } from "./use-writing";

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
    return <Screen title="Edit">{sessionKnown.value && <SignInRequired to={`/p/${id}/edit`} />}</Screen>;
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
function changeOf({ body, preview_id }: OutgoingDraft, revision: number): PostChange {
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

interface EditComposerProps {
  post: Post;
  /** Asks for the post as this change has made it. */
  onChanged: (accepted: Accepted) => void;
}

/** Changes title and text of a post. What is not sent yet waits on this device, also over a newer revision. */
export function EditComposer({ post, onChanged }: EditComposerProps) {
  const published = { id: post.id, community: post.community, title: post.title ?? "", body: post.body };
  const writing = useWriting(`edit.${post.id}`, published);
  const tools = useSuggestions(writing);
  const { draft, phase } = writing;
  const changed = draft.value.title !== published.title || draft.value.body !== published.body;
  const send = () => {
    if (!changed) return;
    void writing.send(({ title, body, preview_id }, span) =>
      editPost(
        post.id,
        { ...(preview_id ? { preview_id } : {}), title: title.trim(), body, revision: post.revision },
        span,
      ),
    );
  };
  const discard = () => {
    writing.replace(published);
    writing.clear();
  };
  return (
    <form
      class="composer"
      onKeyDown={tools.onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <PostFields writing={writing} onSend={send} />
      <StatusBar id="status" status={writing.status} {...statusActions(writing, tools)} />
      <WritingTools writing={writing} tools={tools} titled />
      {phase.name === "deciding" || phase.name === "decided" ? (
        <AfterSubmission phase={phase} onChange={() => onChanged(phase.accepted)} />
      ) : (
        <div class="send-row">
          <SendButton label="Save the change" phase={phase} ready={changed && !writing.empty} />
          {changed && (
            <button type="button" class="quiet-button" onClick={discard}>
              Discard the change
            </button>
          )}
          <span class="meta">{hint(writing.restored && changed)}</span>
        </div>
      )}
      <SuggestionSlot tools={tools} />
    </form>
  );
}

function hint(restored: boolean): string {
  return restored
    ? "Your unsaved change was kept on this device."
    : "A changed text is looked at again before it is shown.";
}
