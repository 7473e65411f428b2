import { useSignal } from "@preact/signals";
import { alreadyDiscussed, localIndex, nearestCommunities } from "../../platform/local-index/queries";
import { deviceModel } from "../../platform/state/device-model";
import { switches } from "../../platform/state/switches";
import { findCommunity } from "../communities/communities";
import type { Writing } from "./use-writing";

/** More would be a list to read instead of a hint. */
const POSTS = 3;
const COMMUNITIES = 2;

/**
 * Communities and posts that are close to the text, found on this device. The row keeps its place while a model is
 * here, so that nothing below it moves when something is found.
 */
export function RelatedChips({ writing }: { writing: Writing }) {
  const dismissed = useSignal("");
  const { textVector, subject, status, locked } = writing;
  if (!switches.value.chips || deviceModel.state.value !== "ready") return null;
  // Somebody who is told that a text may be held has other worries than where it fits.
  const asked = !locked && status.tone === "quiet" && dismissed.value !== textVector?.subjectKey;
  const vector = localIndex.value && asked ? textVector?.vector : undefined;
  const fitting = vector ? nearestCommunities(vector) : [];
  const chosen = fitting.findIndex(({ community }) => community === subject.community);
  const better = chosen === -1 ? fitting : fitting.slice(0, chosen);
  const posts = vector ? alreadyDiscussed(vector, POSTS) : [];
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !textVector) return;
    event.stopPropagation();
    dismissed.value = textVector.subjectKey;
    writing.bodyField.current?.focus();
  };
  return (
    <ul class="chips" aria-label="Close to your text" onKeyDown={onKeyDown}>
      {better.slice(0, COMMUNITIES).map(({ community }) => (
        <li key={community}>
          <button type="button" class="chip" onClick={() => writing.change({ community })}>
            <span class="chip-kind">Fits</span> {findCommunity(community)?.title || community}
          </button>
        </li>
      ))}
      {posts.map(({ post_id, title }) => (
        <li key={post_id}>
          <a class="chip" href={`/p/${post_id}`} target="_blank" rel="noreferrer">
            <span class="chip-kind">Already discussed</span> {title || "a post without a title"}
          </a>
        </li>
      ))}
    </ul>
  );
}
