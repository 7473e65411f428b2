import { BODY_LIMIT, TITLE_LIMIT } from "../../platform/api/posts";
import { t } from "../../platform/i18n";
import { codePoints } from "../../policy/code-points";
import { HighlightedField } from "./HighlightedField";
import { RelatedChips } from "./RelatedChips";
import type { Writing } from "./use-writing";

interface Props {
  writing: Writing;
  onSend: () => void;
  /** Shows related communities and posts; for a new post only. */
  chips?: boolean;
}

/** Title and body of a post, each with highlights. */
export function PostFields({ writing, onSend, chips = false }: Props) {
  const { title, body } = writing.draft.value;
  const shared = { disabled: writing.locked, describedBy: "status", onSend };
  return (
    <>
      <div class="composer-title">
        <HighlightedField
          {...shared}
          id="title"
          label={t("composer.title.label")}
          placeholder={t("composer.title.placeholder")}
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
          label={t("composer.body.label")}
          placeholder={t("composer.body.placeholder")}
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

/** Shows the number of characters left, from 90 % of the limit on. */
export function CharacterCounter({ length, limit }: { length: number; limit: number }) {
  const left = limit - length;
  if (left > limit * 0.1) return null;
  return (
    <span class={left === 0 ? "counter full" : "counter"} role="status">
      {t("composer.characters_left", { count: left })}
    </span>
  );
}
