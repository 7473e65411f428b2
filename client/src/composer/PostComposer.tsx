import { useEffect } from "preact/hooks";
import { isProblem } from "../api/api";
import { submitPost } from "../api/posts";
import { AfterSend } from "./AfterSend";
import { CommunityPicker } from "./CommunityPicker";
import { chosenCommunity } from "./chosen";
import type { Draft } from "./draft";
import { IdTaken } from "./IdTaken";
import { SendButton } from "./SendButton";
import { TitleAndText } from "./TitleAndText";
import { useWriting } from "./use-writing";
import { VerdictStrip } from "./VerdictStrip";

/** Where a new post is written, judged and sent. */
export function PostComposer({ community }: { community: string }) {
  const writing = useWriting("post", { community });
  const { draft, phase, locked } = writing;
  useEffect(() => {
    chosenCommunity.value = draft.value.community;
  }, [draft.value.community]);
  const problem = phase.name === "failed" && isProblem(phase.error) ? phase.error : null;
  const ready = draft.value.community !== "" && !writing.empty;
  const send = () => {
    if (ready) void writing.send((post, span) => submitPost(postOf(post), span));
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <CommunityPicker
        value={draft.value.community}
        disabled={locked}
        problem={problem?.fieldMessage("community")}
        onPick={(name) => writing.change({ community: name })}
      />
      <TitleAndText writing={writing} onSend={send} />
      <VerdictStrip id="verdict" verdict={writing.strip} {...(locked ? {} : { onShow: writing.show })} />
      {problem?.code === "id_reused" && (
        <IdTaken id={draft.value.id} onNewId={(id) => writing.change({ id })} />
      )}
      {phase.name === "deciding" || phase.name === "decided" ? (
        <AfterSend phase={phase} onAgain={writing.startOver} />
      ) : (
        <div class="send-row">
          <SendButton label="Post" phase={phase} ready={ready} />
          <span class="meta">{noteFor(writing.restored, draft.value.community)}</span>
        </div>
      )}
    </form>
  );
}

function postOf({ id, community, title, body }: Draft) {
  return { id, community, title: title.trim(), body };
}

function noteFor(restored: boolean, community: string): string {
  if (community === "") return "Choose a community to post in.";
  return restored ? "Your draft was kept on this device." : "";
}
