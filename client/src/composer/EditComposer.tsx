import { editPost } from "../api/posts";
import type { Post } from "../api/types";
import { AfterSend } from "./AfterSend";
import { SendButton } from "./SendButton";
import { TitleAndText } from "./TitleAndText";
import { useWriting } from "./use-writing";
import { VerdictStrip } from "./VerdictStrip";

/** Changes title and text of a post. What is not sent yet waits on this device, also over a newer revision. */
export function EditComposer({ post }: { post: Post }) {
  const published = { id: post.id, community: post.community, title: post.title ?? "", body: post.body };
  const writing = useWriting(`edit.${post.id}`, published);
  const { draft, phase } = writing;
  const changed = draft.value.title !== published.title || draft.value.body !== published.body;
  const send = () => {
    if (!changed) return;
    void writing.send(({ title, body }, span) =>
      editPost(post.id, { title: title.trim(), body, revision: post.revision }, span),
    );
  };
  const discard = () => {
    writing.renew(published);
    writing.clear();
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <TitleAndText writing={writing} onSend={send} />
      <VerdictStrip
        id="verdict"
        verdict={writing.strip}
        {...(writing.locked ? {} : { onShow: writing.show })}
      />
      {phase.name === "deciding" || phase.name === "decided" ? (
        <AfterSend phase={phase} />
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
    </form>
  );
}

function hint(restored: boolean): string {
  return restored
    ? "Your unsaved change was kept on this device."
    : "A changed text is looked at again before it is shown.";
}
