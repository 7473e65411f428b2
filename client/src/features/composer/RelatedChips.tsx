import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { rich, t } from "../../platform/i18n";
import {
  alreadyDiscussed,
  localIndex,
  nearestCommunities,
} from "../../platform/local-index/local-index-singleton";
import { deviceModel } from "../../platform/state/device-model-singleton";
import { switches } from "../../platform/state/feature-switches";
import { findCommunity } from "../communities/communities";
import type { ComposerState } from "./use-composer";

/** Few enough to be read as a hint, not as a list. */
const POSTS = 3;
const COMMUNITIES = 2;

const CHIP_TAGS = { kind: (text: ComponentChildren) => <span class="chip-kind">{text}</span> };

/**
 * Communities and posts related to the text, found on this device. The row is always there while the model is ready,
 * so that nothing below it moves when something is found.
 */
export function RelatedChips({ composer }: { composer: ComposerState }) {
  const dismissed = useSignal("");
  const { textVector, subject, status, locked } = composer;
  if (!switches.value.chips || deviceModel.status.value !== "ready") return null;
  // While the text may be held, related posts would distract from the reasons.
  const isShown = !locked && status.tone === "quiet" && dismissed.value !== textVector?.subjectKey;
  const vector = localIndex.value && isShown ? textVector?.vector : undefined;
  const fitting = vector ? nearestCommunities(vector) : [];
  const chosen = fitting.findIndex(({ community }) => community === subject.community);
  const better = chosen === -1 ? fitting : fitting.slice(0, chosen);
  const posts = vector ? alreadyDiscussed(vector, POSTS) : [];
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !textVector) return;
    event.stopPropagation();
    dismissed.value = textVector.subjectKey;
    composer.bodyField.current?.focus();
  };
  return (
    <ul class="chips" aria-label={t("composer.related.label")} onKeyDown={onKeyDown}>
      {better.slice(0, COMMUNITIES).map(({ community }) => (
        <li key={community}>
          <button type="button" class="chip" onClick={() => composer.change({ community })}>
            {rich("composer.related.community", CHIP_TAGS, {
              name: findCommunity(community)?.title || community,
            })}
          </button>
        </li>
      ))}
      {posts.map(({ post_id, title }) => (
        <li key={post_id}>
          <a class="chip" href={`/p/${post_id}`} target="_blank" rel="noreferrer">
            {rich("composer.related.post", CHIP_TAGS, { title: title || t("composer.related.untitled") })}
          </a>
        </li>
      ))}
    </ul>
  );
}
