import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { isProblem } from "../../platform/api/client";
import { submitPost } from "../../platform/api/posts";
import { route } from "../../platform/browser/router";
import { uuid7 } from "../../platform/browser/uuid";
import { sessionKnown } from "../../platform/state/session";
import { SignInRequired } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { CommunityNote } from "../communities/CommunityNote";
import { SuggestionSlot } from "../suggestions/Suggestions";
import { useSuggestions } from "../suggestions/use-suggestions";
import { CommunityPicker } from "./CommunityPicker";
import { AfterSubmission, SendButton, statusActions, WritingTools } from "./ComposerActions";
import { PostFields } from "./PostFields";
import { StatusBar } from "./StatusBar";
import { type OutgoingDraft, useMayWrite, useWriting } from "./use-writing";

/** The composer and, beside it, what the chosen community asks for. */
export function WriteScreen() {
  const community = route.value.query.get("community") ?? "";
  const mayWrite = useMayWrite();
  const writing = (
    <section class="note">
      <h2>While you write</h2>
      <p>
        Your text is kept on this device at every pause. The rules of this place are tried here; only the
        server decides. <a href="/device">What may look at it, and what leaves this device</a>
      </p>
    </section>
  );
  const aside = (
    <>
      {chosenCommunity.value && <CommunityNote name={chosenCommunity.value} writing />}
      {writing}
    </>
  );
  return (
    <Screen title="Write" aside={aside}>
      {sessionKnown.value &&
        (mayWrite ? <PostComposer community={community} /> : <SignInRequired to="/write" />)}
    </Screen>
  );
}

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
      <PostFields writing={writing} onSend={send} chips />
      <StatusBar id="status" status={writing.status} {...statusActions(writing, tools)} />
      <WritingTools writing={writing} tools={tools} titled />
      {problem?.code === "id_reused" && (
        <DuplicateIdNote id={draft.value.id} onNewId={(id) => writing.change({ id })} />
      )}
      {phase.name === "deciding" || phase.name === "decided" ? (
        <AfterSubmission phase={phase} onAgain={writing.startOver} />
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

function postOf(draft: OutgoingDraft) {
  return { ...draft, title: draft.title.trim() };
}

function noteFor(restored: boolean, community: string): string {
  if (community === "") return "Choose a community to post in.";
  return restored ? "Your draft was kept on this device." : "";
}

/** An earlier version of the draft has arrived after all: it can be opened, or this one made another post. */
export function DuplicateIdNote({ id, onNewId }: { id: string; onNewId: (id: string) => void }) {
  return (
    <p class="meta">
      An earlier version of this text has <a href={`/p/${id}`}>already arrived</a>.{" "}
      <button type="button" class="link-button" onClick={() => onNewId(uuid7())}>
        Make this one a new post
      </button>
    </p>
  );
}

/** The community of the draft that is being written, so that its guideline can stand beside the text. */
export const chosenCommunity = signal("");
