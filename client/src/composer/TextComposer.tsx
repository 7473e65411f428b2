import { useRef } from "preact/hooks";
import type { Accepted } from "../api/types";
import type { Span } from "../telemetry/span";
import { Counter } from "./Counter";
import type { Draft } from "./draft";
import { BODY_LIMIT } from "./limits";
import { codePoints } from "./marks";
import { previewer } from "./policy";
import { judgedText } from "./preview";
import { SendButton } from "./SendButton";
import { showWords } from "./show-words";
import { useDraft } from "./use-draft";
import { useSubmission } from "./use-submission";
import { VerdictStrip } from "./VerdictStrip";
import { verdict } from "./verdict";
import { WritingSurface } from "./WritingSurface";

interface Props {
  /** The draft's place on this device, such as `reply.<post>`. */
  slot: string;
  start?: Partial<Draft>;
  /** A title that is judged with the text but not written here. */
  title?: string;
  label: string;
  placeholder: string;
  send: (draft: Draft, parent: Span) => Promise<Accepted>;
  onSent: (accepted: Accepted) => void;
  onCancel?: () => void;
}

/** The composer in small: one text field with the same strip, for replies and changes. */
export function TextComposer(props: Props) {
  const { draft, change, clear } = useDraft(props.slot, props.start);
  const submission = useSubmission();
  const field = useRef<HTMLTextAreaElement>(null);
  const phase = submission.phase.value;
  const { id, body } = draft.value;
  const locked = phase.name === "sending" || phase.name === "deciding" || phase.name === "decided";
  const offset = props.title ? codePoints(props.title) + 2 : 0;
  const strip = verdict(phase, previewer.value(judgedText(props.title ?? "", body)), body.trim() !== "");
  const stripId = `verdict-${props.slot}`;
  const send = async () => {
    if (body.trim() === "" || locked) return;
    if (await submission.send(id, (span) => props.send(draft.value, span))) {
      clear();
      const { value } = submission.phase;
      if (value.name === "deciding" || value.name === "decided") props.onSent(value.accepted);
    }
  };
  return (
    <form
      class="composer small"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <div class="composer-body">
        <WritingSurface
          id={`text-${props.slot}`}
          label={props.placeholder}
          placeholder={props.placeholder}
          value={body}
          maxLength={BODY_LIMIT}
          rows={3}
          offset={offset}
          reasons={strip.reasons}
          disabled={locked}
          describedBy={stripId}
          field={field}
          onInput={(value) => change({ body: value })}
          onSend={send}
        />
        <Counter length={codePoints(body)} limit={BODY_LIMIT} />
      </div>
      <VerdictStrip
        id={stripId}
        verdict={strip}
        {...(locked ? {} : { onShow: (reason) => showWords(reason, offset, null, field.current) })}
      />
      <div class="send-row">
        <SendButton label={props.label} phase={phase} ready={body.trim() !== ""} />
        {props.onCancel && (
          <button type="button" class="quiet-button" onClick={props.onCancel}>
            Close
          </button>
        )}
      </div>
    </form>
  );
}
