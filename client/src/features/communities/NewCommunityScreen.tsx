import { navigate } from "../../platform/browser/router";
import { Form } from "../../ui/Form";
import { Screen } from "../../ui/Screen";
import { createCommunity, loadCommunities } from "./communities";

/** Founds a community. */
export function NewCommunityScreen() {
  const create = async (values: Record<string, string>) => {
    const { name = "", title = "", guideline = "" } = values;
    await createCommunity({ name, title, guideline });
    await loadCommunities();
    navigate(`/c/${name}`);
  };
  return (
    <Screen title="New community">
      <Form
        fields={[
          {
            name: "name",
            label: "Name in addresses",
            hint: "2 to 40 of a–z, 0–9, _ and -",
            pattern: "[a-z0-9_\\-]{2,40}",
          },
          { name: "title", label: "Title", maxLength: 80 },
          {
            name: "guideline",
            label: "Guideline: what belongs here, and what does not",
            long: true,
            optional: true,
            maxLength: 4000,
          },
        ]}
        action="Create community"
        send={create}
      />
    </Screen>
  );
}
