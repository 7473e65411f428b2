import { isProblem } from "../api/api";
import { place } from "../router/router";
import type { Phase } from "./submission";

interface Props {
  label: string;
  phase: Phase;
  ready: boolean;
}

/** Sends, or sends again: the same id makes a second try the same post. Without a session it leads to one. */
export function SendButton({ label, phase, ready }: Props) {
  const failed = phase.name === "failed";
  return (
    <>
      {failed && isProblem(phase.error) && phase.error.status === 401 && <SignInAgain />}
      <button
        type="submit"
        class={failed ? "button" : "button primary"}
        disabled={!ready || phase.name === "sending"}
        aria-keyshortcuts="Control+Enter"
      >
        {failed ? "Try again" : label}
      </button>
    </>
  );
}

function SignInAgain() {
  const { path, query } = place.value;
  const back = query.size > 0 ? `${path}?${query}` : path;
  return (
    <a class="button primary" href={`/sign-in?${new URLSearchParams({ to: back })}`}>
      Sign in
    </a>
  );
}
