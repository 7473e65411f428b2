import { suspension } from "../session/session";
import { moment } from "../state/clock";

/** What somebody is told who may not write at the moment. */
export function SuspensionNote() {
  const { value } = suspension;
  if (!value) return null;
  const end = value.until ? `until ${moment(value.until)}` : "until a moderator ends it";
  return (
    <section class="note" aria-label="You cannot write at the moment">
      <h2>You can read, but not write, {end}</h2>
      <p>A moderator says: {value.reason}</p>
      <p class="meta">What you wrote stays yours: you can still withdraw it, or delete your account.</p>
    </section>
  );
}
