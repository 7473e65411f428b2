import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { type PostChange, postChange, readPost } from "../../platform/api/posts";
import type { Accepted, Post } from "../../platform/api/types";
import { t } from "../../platform/i18n";
import { sessionKnown, useMayWrite } from "../../platform/state/session";
import { useResource } from "../../platform/state/use-resource";
import { Failure, SignInRequired, Skeleton } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { CommunityNote } from "../communities/CommunityNote";
import { SuggestionSlot } from "../suggestions/Suggestions";
import { useSuggestions } from "../suggestions/use-suggestions";
import { AfterSubmission, ComposerTools, SendButton, statusActions } from "./ComposerActions";
import { PostFields } from "./PostFields";
import { ReplyComposer } from "./ReplyComposer";
import { StatusBar } from "./StatusBar";
import { type OutgoingDraft, useComposer } from "./use-composer";

/** Edits a post or a reply. An edit creates a new revision, which is decided like a new post. */
export function EditScreen({ id }: { id: string }) {
  const after = useRef<number | undefined>(undefined);
  const resource = useResource(id, (signal) => readPost(id, signal, after.current));
  const post = resource.data.value;
  const reloadAfter = ({ sequence }: Accepted) => {
    after.current = sequence;
    resource.reload();
  };
  const mayWrite = useMayWrite();
  if (!mayWrite)
    return (
      <Screen title={t("composer.edit.screen")}>
        {sessionKnown.value && <SignInRequired to={`/p/${id}/edit`} />}
      </Screen>
    );
  return (
    <Screen
      title={t("composer.edit.screen")}
      {...(post ? { aside: <CommunityNote name={post.community} showWriteLink={false} /> } : {})}
    >
      {resource.error.value !== undefined && <Failure error={resource.error.value} retry={resource.reload} />}
      {!post && resource.loading.value && <Skeleton items={1} />}
      {post &&
        (post.parent_id ? (
          <EditReply post={post} />
        ) : (
          <EditComposer key={post.revision} post={post} onChanged={reloadAfter} />
        ))}
    </Screen>
  );
}

/** Returns the request body for a reply, which has no title. */
function changeOf({ body, preview_id }: OutgoingDraft, revision: number): PostChange {
  return preview_id ? { body, preview_id, revision } : { body, revision };
}

function EditReply({ post: { id, community, body, revision, parent_id } }: { post: Post }) {
  const sent = useSignal(false);
  const parent = useResource(parent_id ?? "", (signal) => readPost(parent_id ?? "", signal)).data.value;
  return (
    <>
      <ReplyComposer
        slot={`edit.${id}`}
        start={{ id, community, body }}
        label={t("composer.edit.save")}
        placeholder={t("composer.edit.placeholder")}
        parent={parent?.state === "published" ? parent : undefined}
        request={(draft) => postChange(id, changeOf(draft, revision))}
        onSent={() => {
          sent.value = true;
        }}
      />
      <p class="meta">
        {sent.value ? (
          <a href={`/p/${id}`}>{t("composer.edit.open_reply")}</a>
        ) : (
          t("composer.edit.checked_again")
        )}
      </p>
    </>
  );
}

interface EditComposerProps {
  post: Post;
  /** Loads the post at the sequence of the accepted edit. */
  onChanged: (accepted: Accepted) => void;
}

/** Edits title and text of a post. Unsent changes stay on this device, even when a newer revision appears. */
export function EditComposer({ post, onChanged }: EditComposerProps) {
  const published = { id: post.id, community: post.community, title: post.title ?? "", body: post.body };
  const composer = useComposer(`edit.${post.id}`, published);
  const tools = useSuggestions(composer);
  const { draft, phase } = composer;
  const hasChanges = draft.value.title !== published.title || draft.value.body !== published.body;
  const send = () => {
    if (!hasChanges) return;
    void composer.send(({ title, body, preview_id }) =>
      postChange(post.id, {
        ...(preview_id ? { preview_id } : {}),
        title: title.trim(),
        body,
        revision: post.revision,
      }),
    );
  };
  const discard = () => {
    composer.replace(published);
    composer.clear();
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
      <PostFields composer={composer} onSend={send} />
      <StatusBar id="status" status={composer.status} {...statusActions(composer, tools)} />
      <ComposerTools composer={composer} tools={tools} titled />
      {phase.name === "deciding" || phase.name === "decided" ? (
        <AfterSubmission phase={phase} onChange={() => onChanged(phase.accepted)} />
      ) : (
        <div class="send-row">
          <SendButton
            label={t("composer.edit.save")}
            composer={composer}
            ready={hasChanges && !composer.empty}
          />
          {hasChanges && (
            <button type="button" class="quiet-button" onClick={discard}>
              {t("composer.edit.discard")}
            </button>
          )}
          <span class="meta">
            {t(composer.restored && hasChanges ? "composer.edit.restored" : "composer.edit.checked_again")}
          </span>
        </div>
      )}
      <SuggestionSlot tools={tools} />
    </form>
  );
}
