import { useSignal } from "@preact/signals";
import { deviceModel } from "../device/model";
import { alreadyDiscussed, library, suggestCommunity } from "../quick/suggest";
import { switches } from "../settings/switches";
import { findCommunity } from "../state/communities";
import type { Writing } from "./use-writing";

/** More would be a list to read instead of a hint. */
const POSTS = 3;
const COMMUNITIES = 2;

/**
 * Communities and posts that are close to the text, found on this device. The row keeps its place while a model is
 * here, so that nothing below it moves when something is found.
 */
export function Chips({ writing }: { writing: Writing }) {
  const dismissed = useSignal("");
  const { found, subject, locked } = writing;
  if (!switches.value.chips || deviceModel.state.value !== "ready" || locked) return null;
  const vector = library.value && found && dismissed.value !== found.about ? found.vector : null;
  const fitting = vector
    ? suggestCommunity(vector).filter(({ community }) => community !== subject.community)
    : [];
  const posts = vector ? alreadyDiscussed(vector, POSTS) : [];
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !found) return;
    event.stopPropagation();
    dismissed.value = found.about;
    writing.bodyField.current?.focus();
  };
  return (
    <ul class="chips" aria-label="Close to your text" onKeyDown={onKeyDown}>
      {fitting.slice(0, COMMUNITIES).map(({ community }) => (
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
