import type { Phase } from "./submission";

interface Props {
  phase: Extract<Phase, { name: "deciding" | "decided" }>;
  again: string;
  onAgain: () => void;
}

/** Where to go once the server has the text. */
export function AfterSend({ phase, again, onAgain }: Props) {
  const { id } = phase.accepted;
  return (
    <div class="send-row">
      <a class="button primary" href={`/p/${id}`}>
        Open it
      </a>
      <a class="button" href={`/p/${id}/timeline`}>
        Its timeline
      </a>
      <button type="button" class="quiet-button" onClick={onAgain}>
        {again}
      </button>
    </div>
  );
}
