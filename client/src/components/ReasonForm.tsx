import { useSignal } from "@preact/signals";
import { REASON_LIMIT } from "../composer/limits";
import { describe } from "../state/describe";

/** Asks for a reason and hands it to a person. */
export function ReasonForm({ label, send }: { label: string; send: (reason: string) => Promise<unknown> }) {
  const reason = useSignal("");
  const told = useSignal("");
  const sent = useSignal(false);
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    try {
      await send(reason.value);
      sent.value = true;
    } catch (error) {
      const { title, detail } = describe(error, "What you wrote is still here.");
      told.value = `${title} ${detail}`;
    }
  };
  if (sent.value) return <p class="meta reason-form">Thank you. A person will look at it.</p>;
  return (
    <form class="reason-form" onSubmit={onSubmit}>
      <label>
        {label}
        <textarea
          rows={3}
          required
          maxLength={REASON_LIMIT}
          value={reason.value}
          onInput={(event) => {
            reason.value = event.currentTarget.value;
          }}
        />
      </label>
      {told.value && (
        <p class="field-problem" role="alert">
          {told.value}
        </p>
      )}
      <button type="submit" class="button">
        Send
      </button>
    </form>
  );
}
