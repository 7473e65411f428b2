import type { Phase } from "./submission";

interface Props {
  phase: Extract<Phase, { name: "deciding" | "decided" }>;
  /** Makes room for the next text, where there can be one. */
  onAgain?: () => void;
  /** Makes room for the next change, where the text is being changed already. */
  onChange?: () => void;
}

/** Where to go once the server has the text. */
export function AfterSend({ phase, onAgain, onChange }: Props) {
  const { id } = phase.accepted;
  const refused = phase.name === "decided" && phase.decision.outcome !== "published";
  return (
    <div class="send-row">
      <a class="button primary" href={`/p/${id}`}>
        Open it
      </a>
      {refused &&
        (onChange ? (
          <button type="button" class="button" onClick={onChange}>
            Change it
          </button>
        ) : (
          <a class="button" href={`/p/${id}/edit`}>
            Change it
          </a>
        ))}
      <a class="button" href={`/p/${id}/timeline`}>
        Its timeline
      </a>
      {onAgain && (
        <button type="button" class="quiet-button" onClick={onAgain}>
          Write another
        </button>
      )}
    </div>
  );
}
