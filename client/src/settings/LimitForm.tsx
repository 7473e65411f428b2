import { FormField } from "../components/FormField";
import { changeSetup, setup } from "../ownkey/setup";
import { SpendNote } from "./SpendNote";

type NumberField = "inputPrice" | "outputPrice" | "capTokens" | "capMoney";

const FIELDS: [name: NumberField, label: string, hint: string][] = [
  [
    "inputPrice",
    "Price of a million tokens sent",
    "From your provider's price list; leave it empty if unknown.",
  ],
  ["outputPrice", "Price of a million tokens received", "In the same currency."],
  ["capTokens", "Stop each day after this many tokens", "Sent and received together."],
  ["capMoney", "Stop each day after this much money", "Needs both prices. Empty: no limit in money."],
];

/** What it may cost. Counted on this device, by what the provider says. */
export function LimitForm() {
  const change = (name: NumberField, typed: string) => {
    const number = typed.trim() === "" ? null : Number(typed);
    if (number !== null && !(Number.isFinite(number) && number >= 0)) return;
    changeSetup(name === "capTokens" ? { capTokens: number ?? 0 } : { [name]: number });
  };
  return (
    <div class="form">
      <SpendNote />
      {FIELDS.map(([name, label, hint]) => (
        <FormField
          key={name}
          spec={{ name, label, hint, optional: true, inputMode: "decimal" }}
          value={String(setup.value[name] ?? "")}
          problem={undefined}
          onInput={(value) => change(name, value)}
        />
      ))}
    </div>
  );
}
