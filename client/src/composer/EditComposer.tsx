import { editPost } from "../api/posts";
import type { Accepted, Post } from "../api/types";
import { SuggestionSlot } from "../suggest/SuggestionSlot";
import { stripActions, useSuggestions } from "../suggest/use-suggestions";
import { AfterSend } from "./AfterSend";
import { SendButton } from "./SendButton";
import { TitleAndText } from "./TitleAndText";
import { useWriting } from "./use-writing";
import { VerdictStrip } from "./VerdictStrip";
import { WritingTools } from "./WritingTools";

interface Props {
  post: Post;
  /** Asks for the post as this change has made it. */
  onChanged: (accepted: Accepted) => void;
}

/** Changes title and text of a post. What is not sent yet waits on this device, also over a newer revision. */
export function EditComposer({ post, onChanged }: Props) {
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
    writing.renew(published);
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
      <TitleAndText writing={writing} onSend={send} />
      <VerdictStrip id="verdict" verdict={writing.strip} {...stripActions(writing, tools)} />
      <WritingTools writing={writing} tools={tools} titled />
      {phase.name === "deciding" || phase.name === "decided" ? (
        <AfterSend phase={phase} onChange={() => onChanged(phase.accepted)} />
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
