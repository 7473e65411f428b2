import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { isProblem } from "../../platform/api/client";
import { newPost } from "../../platform/api/posts";
import { route } from "../../platform/browser/router";
import { uuid7 } from "../../platform/browser/uuid";
import { rich, t } from "../../platform/i18n";
import { sessionKnown, useMayWrite } from "../../platform/state/session";
import { SignInRequired } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { CommunityNote } from "../communities/CommunityNote";
import { SuggestionSlot } from "../suggestions/Suggestions";
import { useSuggestions } from "../suggestions/use-suggestions";
import { CommunityPicker } from "./CommunityPicker";
import { AfterSubmission, ComposerTools, SendButton, statusActions } from "./ComposerActions";
import { PostFields } from "./PostFields";
import { StatusBar } from "./StatusBar";
import { type OutgoingDraft, useComposer } from "./use-composer";

/** The composer for a new post, with the chosen community's guideline beside it. */
export function WriteScreen() {
  const community = route.value.query.get("community") ?? "";
  const mayWrite = useMayWrite();
  const writingNote = (
    <section class="note">
      <h2>{t("composer.write.aside_title")}</h2>
      <p>{rich("composer.write.aside", { link: (text) => <a href="/readers">{text}</a> })}</p>
    </section>
  );
  const aside = (
    <>
      {chosenCommunity.value && <CommunityNote name={chosenCommunity.value} showWriteLink={false} />}
      {writingNote}
    </>
  );
  return (
    <Screen title={t("composer.write.screen")} aside={aside}>
      {sessionKnown.value &&
        (mayWrite ? <PostComposer community={community} /> : <SignInRequired to="/write" />)}
    </Screen>
  );
}

/** The form for a new post. */
export function PostComposer({ community }: { community: string }) {
  const composer = useComposer("post", { community });
  const tools = useSuggestions(composer);
  const { draft, phase, locked } = composer;
  useEffect(() => {
    chosenCommunity.value = draft.value.community;
  }, [draft.value.community]);
  const problem = phase.name === "failed" && isProblem(phase.error) ? phase.error : null;
  const ready = draft.value.community !== "" && !composer.empty;
  const send = () => {
    if (ready) void composer.send((post) => newPost(postOf(post)));
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
        onPick={(name) => composer.change({ community: name })}
      />
      <PostFields composer={composer} onSend={send} chips />
      <StatusBar id="status" status={composer.status} {...statusActions(composer, tools)} />
      <ComposerTools composer={composer} tools={tools} titled />
      {problem?.code === "id_reused" && (
        <DuplicateIdNote id={draft.value.id} onNewId={(id) => composer.change({ id })} />
      )}
      {phase.name === "deciding" || phase.name === "decided" ? (
        <AfterSubmission phase={phase} onAgain={composer.startOver} />
      ) : (
        <div class="send-row">
          <SendButton label={t("composer.post")} composer={composer} ready={ready} />
          <span class="meta">{noteFor(composer.restored, draft.value.community)}</span>
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
  if (community === "") return t("composer.write.choose_community");
  return restored ? t("composer.write.restored") : "";
}

/** Shown if an earlier version of the draft did arrive. Links to it, or gives this version a new id. */
export function DuplicateIdNote({ id, onNewId }: { id: string; onNewId: (id: string) => void }) {
  return (
    <p class="meta">
      {rich("composer.write.duplicate", { link: (text) => <a href={`/p/${id}`}>{text}</a> })}{" "}
      <button type="button" class="link-button" onClick={() => onNewId(uuid7())}>
        {t("composer.write.duplicate_new_post")}
      </button>
    </p>
  );
}

/** The community of the current draft; its guideline is shown beside the text. */
export const chosenCommunity = signal("");
