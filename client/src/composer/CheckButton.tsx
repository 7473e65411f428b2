import { Icon } from "../components/Icon";
import { can } from "../session/capabilities";
import { switches } from "../settings/switches";
import type { Writing } from "./use-writing";

/** Asks the server what it would decide about exactly this text. A click sends the text; nothing else does. */
export function CheckButton({ writing }: { writing: Writing }) {
  const { check, checking, subject, empty, locked } = writing;
  if (!switches.value.serverCheck || !can("check_draft") || locked) return null;
  const ready = !empty && !checking && subject.community !== "";
  return (
    <button
      type="button"
      class="quiet-button"
      disabled={!ready}
      title="Sends the text to the server, which does not keep it"
      onClick={check}
    >
      <Icon name="server" size={16} />
      {checking ? "Checking…" : "Check with the server"}
    </button>
  );
}
