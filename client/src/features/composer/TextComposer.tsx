import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { BODY_LIMIT } from "../../platform/api/posts";
import type { Accepted } from "../../platform/api/types";
import { t } from "../../platform/i18n";
import type { Draft } from "../../platform/state/drafts";
import type { Span } from "../../platform/telemetry/span";
import { codePoints } from "../../policy/code-points";
import { SuggestionSlot } from "../suggestions/Suggestions";
import { useSuggestions } from "../suggestions/use-suggestions";
import { SendButton, statusActions, WritingTools } from "./ComposerActions";
import { HighlightedField } from "./HighlightedField";
import { CharacterCounter } from "./PostFields";
import { StatusBar } from "./StatusBar";
import { type OutgoingDraft, useWriting, type Writing } from "./use-writing";

interface Props {
  /** The storage key of the draft on this device, such as `reply.<post>`. */
  slot: string;
  start: Partial<Draft>;
  label: string;
  placeholder: string;
  send: (draft: OutgoingDraft, parent: Span) => Promise<Accepted>;
  /** The label of the button that starts the next text; without it there is no button. */
  again?: string;
  onSent?: (accepted: Accepted) => void;
  onCancel?: () => void;
}

/** A small composer for replies and their edits: one field with the same status bar. It expands on focus. */
export function TextComposer(props: Props) {
  const writing = useWriting(props.slot, props.start);
  const tools = useSuggestions(writing);
  const used = useSignal(false);
  const open = used.value || !writing.empty || writing.phase.name !== "writing";
  // A composer that can be closed was opened by a click, so it takes the focus.
  useEffect(() => {
    if (props.onCancel) writing.bodyField.current?.focus();
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (tools.current) tools.onKeyDown(event);
    else if (event.key === "Escape" && writing.empty) props.onCancel?.();
  };
  const statusId = `status-${props.slot}`;
  const send = async () => {
    const accepted = await writing.send(props.send);
    if (accepted) props.onSent?.(accepted);
  };
  return (
    <form
      class="composer small"
      onKeyDown={onKeyDown}
      onFocusIn={() => {
        used.value = true;
      }}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <TextField {...props} writing={writing} statusId={statusId} open={open} onSend={() => void send()} />
      {open && (
        <>
          <StatusBar id={statusId} status={writing.status} {...statusActions(writing, tools)} />
          <WritingTools writing={writing} tools={tools} titled={false} />
          <div class="send-row">
            {!writing.locked && (
              <SendButton label={props.label} phase={writing.phase} ready={!writing.empty} />
            )}
            {writing.phase.name === "decided" && props.again && (
              <button type="button" class="button" onClick={writing.startOver}>
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
  writing: Writing;
  statusId: string;
  open: boolean;
  onSend: () => void;
};

function TextField({ slot, placeholder, writing, statusId, open, onSend }: FieldProps) {
  const { body } = writing.draft.value;
  return (
    <div class="composer-body">
      <HighlightedField
        id={`text-${slot}`}
        label={placeholder}
        placeholder={placeholder}
        value={body}
        maxLength={BODY_LIMIT}
        rows={open ? 3 : 1}
        offset={writing.bodyOffset}
        reasons={writing.status.reasons}
        disabled={writing.locked}
        describedBy={statusId}
        field={writing.bodyField}
        onInput={(value) => writing.change({ body: value })}
        onSend={onSend}
      />
      <CharacterCounter length={codePoints(body)} limit={BODY_LIMIT} />
    </div>
  );
}
