import { useRef } from "preact/hooks";
import { isProblem } from "../api/api";
import { submitPost } from "../api/posts";
import type { Reason } from "../api/types";
import { uuid7 } from "../api/uuid7";
import { AfterSend } from "./AfterSend";
import { CommunityPicker } from "./CommunityPicker";
import { Counter } from "./Counter";
import { emptyDraft } from "./draft";
import { BODY_LIMIT, TITLE_LIMIT } from "./limits";
import { codePoints } from "./marks";
import { previewer } from "./policy";
import { judgedText } from "./preview";
import { SendButton } from "./SendButton";
import { showWords } from "./show-words";
import { useDraft } from "./use-draft";
import { useSubmission } from "./use-submission";
import { VerdictStrip } from "./VerdictStrip";
import { verdict } from "./verdict";
import { WritingSurface } from "./WritingSurface";

/** Where a new post is written, judged and sent. */
export function PostComposer({ community }: { community: string }) {
  const { draft, restored, change, clear, renew } = useDraft("post", { community });
  const submission = useSubmission();
  const titleField = useRef<HTMLTextAreaElement>(null);
  const bodyField = useRef<HTMLTextAreaElement>(null);
  const { id, title, body } = draft.value;
  const phase = submission.phase.value;
  const locked = phase.name === "sending" || phase.name === "deciding" || phase.name === "decided";
  const text = judgedText(title.trim(), body);
  const preview = previewer.value(text);
  const bodyOffset = title.trim() ? codePoints(title.trim()) + 2 : 0;
  const strip = verdict(phase, preview, text.trim() !== "");
  const ready = draft.value.community !== "" && (title.trim() !== "" || body.trim() !== "");
  const problem = phase.name === "failed" && isProblem(phase.error) ? phase.error : null;

  const send = async () => {
    if (!ready || locked) return;
    const post = {
      id,
      community: draft.value.community,
      body,
      ...(title.trim() ? { title: title.trim() } : {}),
    };
    if (await submission.send(id, (span) => submitPost(post, span))) clear();
  };
  const another = () => {
    submission.reset();
    renew(emptyDraft(draft.value.community));
    titleField.current?.focus();
  };
  const show = (reason: Reason) => showWords(reason, bodyOffset, titleField.current, bodyField.current);

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <CommunityPicker
        value={draft.value.community}
        disabled={locked}
        problem={problem?.fieldMessage("community")}
        onPick={(name) => change({ community: name })}
      />
      <div class="composer-title">
        <WritingSurface
          id="title"
          label="Title"
          placeholder="Title"
          value={title}
          maxLength={TITLE_LIMIT}
          rows={1}
          offset={0}
          reasons={title.trim() ? strip.reasons : []}
          disabled={locked}
          describedBy="verdict"
          field={titleField}
          onInput={(value) => change({ title: value.replaceAll("\n", " ") })}
          onSend={send}
        />
        <Counter length={codePoints(title)} limit={TITLE_LIMIT} />
      </div>
      <div class="composer-body">
        <WritingSurface
          id="body"
          label="Text"
          placeholder="What do you want to say?"
          value={body}
          maxLength={BODY_LIMIT}
          rows={8}
          offset={bodyOffset}
          reasons={strip.reasons}
          disabled={locked}
          describedBy="verdict"
          field={bodyField}
          onInput={(value) => change({ body: value })}
          onSend={send}
        />
        <Counter length={codePoints(body)} limit={BODY_LIMIT} />
      </div>
      <VerdictStrip id="verdict" verdict={strip} {...(locked ? {} : { onShow: show })} />
      {problem?.code === "id_reused" && (
        <p class="meta">
          An earlier version of this text has <a href={`/p/${id}`}>already arrived</a>.{" "}
          <button type="button" class="link-button" onClick={() => change({ id: uuid7() })}>
            Make this one a new post
          </button>
        </p>
      )}
      {phase.name === "deciding" || phase.name === "decided" ? (
        <AfterSend phase={phase} again="Write another" onAgain={another} />
      ) : (
        <SendButton
          label="Post"
          phase={phase}
          ready={ready}
          note={restored ? "Your draft was kept on this device." : ""}
        />
      )}
    </form>
  );
}
