import { BODY_LIMIT, TITLE_LIMIT } from "../../platform/api/posts";
import { codePoints } from "../../policy/code-points";
import { HighlightedField } from "./HighlightedField";
import { RelatedChips } from "./RelatedChips";
import type { Writing } from "./use-writing";

interface Props {
  writing: Writing;
  onSend: () => void;
  /** Whether communities and posts that are close are shown: for a new post. */
  chips?: boolean;
}

/** The two fields of a post; a rule may mark words in either. */
export function PostFields({ writing, onSend, chips = false }: Props) {
  const { title, body } = writing.draft.value;
  const shared = { disabled: writing.locked, describedBy: "status", onSend };
  return (
    <>
      <div class="composer-title">
        <HighlightedField
          {...shared}
          id="title"
          label="Title"
          placeholder="Title"
          value={title}
          maxLength={TITLE_LIMIT}
          rows={1}
          offset={0}
          reasons={title.trim() ? writing.status.reasons : []}
          field={writing.titleField}
          onInput={(value) => writing.change({ title: value.replaceAll("\n", " ").trimStart() })}
        />
        <CharacterCounter length={codePoints(title)} limit={TITLE_LIMIT} />
      </div>
      {chips && <RelatedChips writing={writing} />}
      <div class="composer-body">
        <HighlightedField
          {...shared}
          id="body"
          label="Text"
          placeholder="What do you want to say?"
          value={body}
          maxLength={BODY_LIMIT}
          rows={8}
          offset={writing.bodyOffset}
          reasons={writing.status.reasons}
          field={writing.bodyField}
          onInput={(value) => writing.change({ body: value })}
        />
        <CharacterCounter length={codePoints(body)} limit={BODY_LIMIT} />
      </div>
    </>
  );
}

/** Says how much room is left once little of it is. */
export function CharacterCounter({ length, limit }: { length: number; limit: number }) {
  const left = limit - length;
  if (left > limit * 0.1) return null;
  return (
    <span class={left === 0 ? "counter full" : "counter"} role="status">
      {left.toLocaleString("en")} left
    </span>
  );
}
