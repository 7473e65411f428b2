import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { formatMoney } from "../../platform/browser/format";
import { t } from "../../platform/i18n";
import { FormField } from "../../ui/Form";
import { dailySpend, isOverLimit, refreshSpend } from "./daily-spend";
import { changeSetup, setup } from "./provider-setup";

type NumberField = "inputPrice" | "outputPrice" | "capTokens" | "capMoney";

const FIELDS: readonly NumberField[] = ["inputPrice", "outputPrice", "capTokens", "capMoney"];

/** A form for prices and daily limits. The spend is counted on this device, as the provider reports it. */
export function LimitForm() {
  // Keeps the text as typed: "0." is not a complete number yet.
  const typed = useSignal<Partial<Record<NumberField, string>>>({});
  const change = (name: NumberField, text: string) => {
    typed.value = { ...typed.value, [name]: text };
    if (problemOf(name, text) === undefined)
      changeSetup({ [name]: text.trim() === "" ? null : Number(text) });
  };
  return (
    <div class="form">
      <SpendNote />
      {FIELDS.map((name) => (
        <FormField
          key={name}
          spec={{
            name,
            label: t(`own_key.limit.${name}.label`),
            hint: t(`own_key.limit.${name}.hint`),
            optional: true,
            inputMode: "decimal",
          }}
          value={typed.value[name] ?? String(setup.value[name] ?? "")}
          problem={problemOf(name, typed.value[name])}
          onInput={(value) => change(name, value)}
        />
      ))}
    </div>
  );
}

/** Returns the problem of a typed value. While there is one, the earlier value stays in force. */
function problemOf(name: NumberField, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (text.trim() === "") return name === "capTokens" ? t("own_key.limit.required") : undefined;
  const isAmount = Number.isFinite(Number(text)) && Number(text) >= 0;
  return isAmount ? undefined : t("own_key.limit.not_a_number");
}

/** The requests, tokens and cost of today, and a note once the daily limit is reached. */
export function SpendNote() {
  useEffect(() => {
    refreshSpend();
  }, []);
  const { requests, input, output, money, estimated, unpriced } = dailySpend.value;
  const isOver = isOverLimit(setup.value, dailySpend.value);
  return (
    <div class="spend" role="status">
      <p>
        {t("own_key.spend.today", {
          requests,
          input,
          output,
          estimated: String(estimated),
          cost: requests === 0 ? "none" : unpriced ? "unknown" : "known",
          money: formatMoney(money),
        })}
      </p>
      {isOver && <p class="field-problem">{t("own_key.limit.reached")}</p>}
    </div>
  );
}
