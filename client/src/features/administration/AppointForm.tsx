import { useSignal } from "@preact/signals";
import { t } from "../../platform/i18n";
import { errorLine } from "../../platform/state/error-messages";
import { announce } from "../../platform/state/notices";
import { FormField } from "../../ui/Form";
import { ProofDeclined, proved } from "../accounts/proof";
import { communities } from "../communities/communities";
import { roleText } from "./role-texts";
import { appoint, ROLES } from "./roles-api";

/** Appoints a user; a moderator also for one community only. */
export function AppointForm({ onDone }: { onDone: () => void }) {
  const handle = useSignal("");
  const role = useSignal<string>("moderator");
  const community = useSignal("");
  const problem = useSignal("");
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    const place = role.value === "moderator" && community.value ? community.value : null;
    const held = { handle: handle.value.trim(), role: role.value, community: place };
    problem.value = "";
    try {
      await proved(() => appoint(held));
      announce(t("administration.appoint.done", { handle: held.handle, role: roleText(held.role, place) }));
      handle.value = "";
      onDone();
    } catch (error) {
      if (!(error instanceof ProofDeclined)) problem.value = errorLine(error);
    }
  };
  return (
    <section class="settings-part">
      <h2 class="section-title">{t("administration.appoint.title")}</h2>
      <form class="form" onSubmit={onSubmit}>
        <FormField
          spec={{ name: "handle", label: t("administration.appoint.handle"), maxLength: 100 }}
          value={handle.value}
          problem={undefined}
          onInput={(value) => {
            handle.value = value;
          }}
        />
        <Choice
          id="role"
          label={t("administration.appoint.role")}
          chosen={role}
          options={ROLES.map((name) => [
            name,
            name === "moderator" ? t("administration.role.any_moderator") : roleText(name, null),
          ])}
        />
        {role.value === "moderator" && (
          <Choice
            id="place"
            label={t("administration.appoint.place")}
            chosen={community}
            options={[
              ["", t("administration.appoint.everywhere")],
              ...(communities.value ?? []).map(({ name, title }): [string, string] => [name, title || name]),
            ]}
          />
        )}
        {problem.value && (
          <p class="field-problem" role="alert">
            {problem.value}
          </p>
        )}
        <button type="submit" class="button primary">
          {t("administration.appoint.action")}
        </button>
      </form>
    </section>
  );
}

interface ChoiceProps {
  id: string;
  label: string;
  chosen: { value: string };
  options: [value: string, label: string][];
}

function Choice({ id, label, chosen, options }: ChoiceProps) {
  return (
    <div class="form-field">
      <label for={id}>{label}</label>
      <select
        id={id}
        class="field"
        value={chosen.value}
        onChange={(event) => {
          chosen.value = event.currentTarget.value;
        }}
      >
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}
