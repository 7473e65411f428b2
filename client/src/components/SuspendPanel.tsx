import { useSignal } from "@preact/signals";
import { reinstatePerson, suspendPerson } from "../api/people";
import { REASON_LIMIT } from "../composer/limits";
import { can } from "../session/capabilities";
import { user } from "../session/session";
import { announce, report } from "../state/notices";
import { Form } from "./Form";

const FIELDS = [
  { name: "reason", label: "Why? They read this.", long: true, maxLength: REASON_LIMIT },
  {
    name: "days",
    label: "For how many days?",
    hint: "A number. Empty: until somebody ends it.",
    pattern: "[0-9]{1,4}",
    optional: true,
  },
];

/** For moderators: lets somebody only read for a while, or write again. */
export function SuspendPanel({ handle }: { handle: string }) {
  const asking = useSignal(false);
  if (!can("suspend_people") || user.value?.handle === handle) return null;
  const suspend = async ({ reason = "", days = "" }: Record<string, string>) => {
    await suspendPerson(handle, reason.trim(), days ? Number(days) : undefined);
    asking.value = false;
    announce(`${handle} can read, but not write.`);
  };
  const reinstate = async () => {
    try {
      await reinstatePerson(handle);
      announce(`${handle} can write.`);
    } catch (error) {
      report(error, "Nothing has changed.");
    }
  };
  if (asking.value) {
    return (
      <section class="settings-part">
        <Form fields={FIELDS} action="Suspend" send={suspend} />
      </section>
    );
  }
  return (
    <p class="settings-line">
      <button
        type="button"
        class="quiet-button"
        onClick={() => {
          asking.value = true;
        }}
      >
        Suspend…
      </button>
      <button type="button" class="quiet-button" onClick={() => void reinstate()}>
        Let write again
      </button>
    </p>
  );
}
