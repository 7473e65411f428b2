import { useEffect } from "preact/hooks";
import { isProblem } from "../api/api";
import { submitPost } from "../api/posts";
import { SuggestionSlot } from "../suggest/SuggestionSlot";
import { stripActions, useSuggestions } from "../suggest/use-suggestions";
import { AfterSend } from "./AfterSend";
import { CommunityPicker } from "./CommunityPicker";
import { chosenCommunity } from "./chosen";
import { IdTaken } from "./IdTaken";
import { SendButton } from "./SendButton";
import { TitleAndText } from "./TitleAndText";
import { type Outgoing, useWriting } from "./use-writing";
import { VerdictStrip } from "./VerdictStrip";
import { WritingTools } from "./WritingTools";

/** Where a new post is written, judged and sent. */
export function PostComposer({ community }: { community: string }) {
  const writing = useWriting("post", { community });
  const tools = useSuggestions(writing);
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
      onKeyDown={tools.onKeyDown}
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
      <TitleAndText writing={writing} onSend={send} chips />
      <VerdictStrip id="verdict" verdict={writing.strip} {...stripActions(writing, tools)} />
      <WritingTools writing={writing} tools={tools} titled />
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
      <SuggestionSlot tools={tools} />
    </form>
  );
}

function postOf(draft: Outgoing) {
  return { ...draft, title: draft.title.trim() };
}

function noteFor(restored: boolean, community: string): string {
  if (community === "") return "Choose a community to post in.";
  return restored ? "Your draft was kept on this device." : "";
}
