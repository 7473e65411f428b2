import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { countOf, formatMoney } from "../../platform/browser/format";
import { FormField } from "../../ui/Form";
import { changeSetup, setup } from "./setup";
import { dailySpend, isOverLimit, refreshSpend } from "./spend";

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
  // As it was typed: "0." is no number yet, and on its way to be one.
  const typed = useSignal<Partial<Record<NumberField, string>>>({});
  const change = (name: NumberField, words: string) => {
    typed.value = { ...typed.value, [name]: words };
    if (problemOf(name, words) === undefined)
      changeSetup({ [name]: words.trim() === "" ? null : Number(words) });
  };
  return (
    <div class="form">
      <SpendNote />
      {FIELDS.map(([name, label, hint]) => (
        <FormField
          key={name}
          spec={{ name, label, hint, optional: true, inputMode: "decimal" }}
          value={typed.value[name] ?? String(setup.value[name] ?? "")}
          problem={problemOf(name, typed.value[name])}
          onInput={(value) => change(name, value)}
        />
      ))}
    </div>
  );
}

/** Until it is mended, what was said before counts. */
function problemOf(name: NumberField, words: string | undefined): string | undefined {
  if (words === undefined) return undefined;
  if (words.trim() === "") return name === "capTokens" ? "There has to be a limit." : undefined;
  return Number.isFinite(Number(words)) && Number(words) >= 0 ? undefined : "A number, such as 0.25.";
}

/** What one's own key has cost today, and when it stops. */
export function SpendNote() {
  useEffect(() => {
    refreshSpend();
  }, []);
  const { requests, input, output, money, estimated, unpriced } = dailySpend.value;
  const stops = isOverLimit(setup.value, dailySpend.value);
  return (
    <div class="spend" role="status">
      <p>
        Today: {countOf(requests, "request")}, {countOf(input, "token")} sent, {countOf(output, "token")}{" "}
        received
        {estimated ? " (partly estimated)" : ""}
        {requests > 0 &&
          (unpriced ? ", cost unknown: no prices were given" : `, ${formatMoney(money)} spent`)}
        .
      </p>
      {stops && (
        <p class="field-problem">Your limit for today is reached: nothing more is asked until tomorrow.</p>
      )}
    </div>
  );
}
