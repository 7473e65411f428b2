import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { BODY_LIMIT } from "../../platform/api/posts";
import type { Accepted } from "../../platform/api/types";
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
  /** The draft's place on this device, such as `reply.<post>`. */
  slot: string;
  start: Partial<Draft>;
  label: string;
  placeholder: string;
  send: (draft: OutgoingDraft, parent: Span) => Promise<Accepted>;
  /** What the button says that makes room for the next text. */
  again?: string;
  onSent?: (accepted: Accepted) => void;
  onCancel?: () => void;
}

/** The composer in small: one field with the same status bar, for replies and changes. It opens when it is used. */
export function TextComposer(props: Props) {
  const writing = useWriting(props.slot, props.start);
  const tools = useSuggestions(writing);
  const used = useSignal(false);
  const open = used.value || !writing.empty || writing.phase.name !== "writing";
  // A box that was opened to write in is written in; with nothing in it, Escape closes it again.
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
                Close
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

function TextField({ slot, placeholder, writing, statusId: stripId, open, onSend }: FieldProps) {
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
        describedBy={stripId}
        field={writing.bodyField}
        onInput={(value) => writing.change({ body: value })}
        onSend={onSend}
      />
      <CharacterCounter length={codePoints(body)} limit={BODY_LIMIT} />
    </div>
  );
}
