import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { BODY_LIMIT, type TextRequest } from "../../platform/api/posts";
import type { Accepted, Post } from "../../platform/api/types";
import { t } from "../../platform/i18n";
import type { Draft } from "../../platform/state/drafts";
import { codePoints } from "../../policy/code-points";
import { judgedText } from "../previews/preview";
import { SuggestionSlot } from "../suggestions/Suggestions";
import { useSuggestions } from "../suggestions/use-suggestions";
import { ComposerTools, SendButton, statusActions } from "./ComposerActions";
import { HighlightedField } from "./HighlightedField";
import { CharacterCounter } from "./PostFields";
import { StatusBar } from "./StatusBar";
import { type ComposerState, type OutgoingDraft, useComposer } from "./use-composer";

interface Props {
  /** The storage key of the draft on this device, such as `reply.<post>`. */
  slot: string;
  start: Partial<Draft>;
  label: string;
  placeholder: string;
  request: (draft: OutgoingDraft) => TextRequest;
  /** What the reply answers. */
  parent?: Post | undefined;
  /** The label of the button that starts the next text; without it there is no button. */
  again?: string;
  onSent?: (accepted: Accepted) => void;
  onCancel?: () => void;
}

/** A small composer for replies and their edits: one field with the same status bar. It expands on focus. */
export function ReplyComposer(props: Props) {
  const { parent } = props;
  const answered = parent && { id: parent.id, text: judgedText(parent.title, parent.body) };
  const composer = useComposer(props.slot, props.start, props.onSent, answered);
  const tools = useSuggestions(composer);
  const wasFocused = useSignal(false);
  const open = wasFocused.value || !composer.empty || composer.phase.name !== "writing";
  // A composer that can be closed was opened by a click, so it takes the focus.
  useEffect(() => {
    if (props.onCancel) composer.bodyField.current?.focus();
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (tools.current) tools.onKeyDown(event);
    else if (event.key === "Escape" && composer.empty) props.onCancel?.();
  };
  const statusId = `status-${props.slot}`;
  const send = () => void composer.send(props.request);
  return (
    <form
      class="composer small"
      onKeyDown={onKeyDown}
      onFocusIn={() => {
        wasFocused.value = true;
      }}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <TextField {...props} composer={composer} statusId={statusId} open={open} onSend={send} />
      {open && (
        <>
          <StatusBar id={statusId} status={composer.status} {...statusActions(composer, tools)} />
          <ComposerTools composer={composer} tools={tools} titled={false} />
          <div class="send-row">
            {(!composer.locked || composer.phase.name === "waiting") && (
              <SendButton label={props.label} composer={composer} ready={!composer.empty} />
            )}
            {composer.phase.name === "decided" && props.again && (
              <button type="button" class="button" onClick={composer.startOver}>
                {props.again}
              </button>
            )}
            {props.onCancel && (
              <button type="button" class="quiet-button" onClick={props.onCancel}>
                {t("composer.close")}
              </button>
            )}
          </div>
          <SuggestionSlot tools={tools} />
        </>
      )}
    </form>
  );
}

type FieldProps = Pick<Props, "slot" | "placeholder"> & {
  composer: ComposerState;
  statusId: string;
  open: boolean;
  onSend: () => void;
};

function TextField({ slot, placeholder, composer, statusId, open, onSend }: FieldProps) {
  const { body } = composer.draft.value;
  return (
    <div class="composer-body">
      <HighlightedField
        id={`text-${slot}`}
        label={placeholder}
        placeholder={placeholder}
        value={body}
        maxLength={BODY_LIMIT}
        rows={open ? 3 : 1}
        offset={composer.bodyOffset}
        reasons={composer.status.reasons}
        disabled={composer.locked}
        describedBy={statusId}
        field={composer.bodyField}
        onInput={(value) => composer.change({ body: value })}
        onSend={onSend}
      />
      <CharacterCounter length={codePoints(body)} limit={BODY_LIMIT} />
    </div>
  );
}
