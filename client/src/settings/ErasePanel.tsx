import { useSignal } from "@preact/signals";
import { eraseMe } from "../api/people";
import { Form } from "../components/Form";
import { dropDrafts } from "../composer/draft";
import { navigate } from "../router/router";
import { leave } from "../session/session";
import { announce } from "../state/notices";

/** Deleting the account: what goes, what stays, and the password once more. */
export function ErasePanel() {
  const asking = useSignal(false);
  const erase = async ({ password = "" }: Record<string, string>) => {
    await eraseMe(password);
    dropDrafts();
    await leave();
    announce("Your account is deleted. Nobody can read what you wrote any more.");
    navigate("/");
  };
  return (
    <section class="settings-part">
      <h2 class="section-title">Delete your account</h2>
      <p>
        <strong>What goes:</strong> everything you wrote, the drafts on this device, your name, your password,
        your sign-ins and tokens. The key to your texts is destroyed, so that nobody can read them any more,
        also not in backups.
      </p>
      <p>
        <strong>What stays, without text and without a name:</strong> that something was written here, what
        was decided about it, and your votes. Replies of others stay, below an empty place.
      </p>
      <p class="meta">It is done at once, and cannot be undone.</p>
      {asking.value ? (
        <Form
          fields={[
            { name: "password", label: "Your password", secret: true, autocomplete: "current-password" },
          ]}
          action="Delete my account for good"
          danger
          send={erase}
        />
      ) : (
        <button
          type="button"
          class="button danger"
          onClick={() => {
            asking.value = true;
          }}
        >
          Delete my account…
        </button>
      )}
    </section>
  );
}
