import { BODY_LIMIT, TITLE_LIMIT } from "../../platform/api/posts";
import { t } from "../../platform/i18n";
import { codePoints } from "../../policy/code-points";
import { HighlightedField } from "./HighlightedField";
import { RelatedChips } from "./RelatedChips";
import type { ComposerState } from "./use-composer";

interface Props {
  composer: ComposerState;
  onSend: () => void;
  /** Shows related communities and posts; for a new post only. */
  chips?: boolean;
}

/** Title and body of a post, each with highlights. */
export function PostFields({ composer, onSend, chips = false }: Props) {
  const { title, body } = composer.draft.value;
  const shared = { disabled: composer.locked, describedBy: "status", onSend };
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
          reasons={title.trim() ? composer.status.reasons : []}
          field={composer.titleField}
          onInput={(value) => composer.change({ title: value.replaceAll("\n", " ").trimStart() })}
        />
        <CharacterCounter length={codePoints(title)} limit={TITLE_LIMIT} />
      </div>
      {chips && <RelatedChips composer={composer} />}
      <div class="composer-body">
        <HighlightedField
          {...shared}
          id="body"
          label={t("composer.body.label")}
          placeholder={t("composer.body.placeholder")}
          value={body}
          maxLength={BODY_LIMIT}
          rows={8}
          offset={composer.bodyOffset}
          reasons={composer.status.reasons}
          field={composer.bodyField}
          onInput={(value) => composer.change({ body: value })}
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
