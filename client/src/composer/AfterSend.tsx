import type { Phase } from "./submission";

interface Props {
  phase: Extract<Phase, { name: "deciding" | "decided" }>;
  /** Makes room for the next text, where there can be one. */
  onAgain?: () => void;
}

/** Where to go once the server has the text. */
export function AfterSend({ phase, onAgain }: Props) {
  const { id } = phase.accepted;
  const refused = phase.name === "decided" && phase.decision.outcome !== "published";
  return (
    <div class="send-row">
      <a class="button primary" href={`/p/${id}`}>
        Open it
      </a>
      {refused && (
        <a class="button" href={`/p/${id}/edit`}>
          Change it
        </a>
      )}
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
