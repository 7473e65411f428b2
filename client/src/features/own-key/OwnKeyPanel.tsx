import { useSignal } from "@preact/signals";
import { formatMs } from "../../platform/browser/format";
import { joinSentences, t } from "../../platform/i18n";
import { policy, useCurrentPolicy } from "../../platform/state/active-policy";
import { renderPrompt } from "../../policy/render-prompt";
import { KeyForm } from "./KeyForm";
import { LimitForm } from "./LimitForm";
import { ProviderForm } from "./ProviderForm";
import { assessWithProvider, type Schema } from "./provider-assessment";
import { describeProviderError, ProviderError } from "./provider-error";
import { disallowAllOrigins, isOriginAllowed, parseAddress } from "./provider-origins";
import { forgetKey, hasKey, provider, removeSetup, setup } from "./provider-setup";

/** Settings of the user's own AI provider: address, model, key and limits. */
export function OwnKeyPanel() {
  const address = parseAddress(setup.value.address);
  const remove = () => {
    disallowAllOrigins();
    forgetKey();
    removeSetup();
    window.location.reload();
  };
  return (
    <section class="settings-part" aria-labelledby="own-key-title">
      <h2 id="own-key-title" class="section-title">
        {t("own_key.title")}
      </h2>
      <p class="meta">{t("own_key.explanation")}</p>
      <ProviderForm />
      {address && isOriginAllowed(address.origin) && <KeyForm key={address.origin} address={address} />}
      {provider.value && <TestProviderButton />}
      {provider.value && <LimitForm />}
      {(setup.value.address || hasKey()) && (
        <p>
          <button type="button" class="button danger" onClick={remove}>
            {t("own_key.remove_all")}
          </button>
        </p>
      )}
    </section>
  );
}

/** In English, as the policy's prompt is. */
const SAMPLE = { guideline: "", title: "Planting out tomatoes", body: "Mine are small. Is it too early?" };

type TestResult =
  | { state: "none" }
  | { state: "running" }
  | { state: "answered"; model: string; tookMs: number }
  | { state: "failed"; error: ProviderError };

/** A button that asks the provider what a preview will ask: only that shows whether previews will work. */
export function TestProviderButton() {
  useCurrentPolicy();
  const result = useSignal<TestResult>({ state: "none" });
  const [chosen, view] = [provider.value, policy.value];
  if (!chosen || !view) return null;
  const runTest = async () => {
    result.value = { state: "running" };
    try {
      const question = renderPrompt(view, "moderation", SAMPLE);
      const schema = view.output_schema as unknown as Schema;
      const { tookMs } = await assessWithProvider(chosen, question, schema, new AbortController().signal);
      result.value = { state: "answered", model: chosen.model, tookMs };
    } catch (error) {
      if (!(error instanceof ProviderError)) {
        result.value = { state: "none" };
        throw error;
      }
      result.value = { state: "failed", error };
    }
  };
  return (
    <p class="settings-line">
      <button type="button" class="button" disabled={result.value.state === "running"} onClick={runTest}>
        {t("own_key.test.run")}
      </button>{" "}
      <span role="status">{resultLabel(result.value)}</span>
    </p>
  );
}

function resultLabel(result: TestResult): string {
  if (result.state === "none") return "";
  if (result.state === "running") return t("own_key.test.running");
  if (result.state === "answered") {
    return t("own_key.test.answered", { model: result.model, duration: formatMs(result.tookMs) });
  }
  const { title, detail } = describeProviderError(result.error);
  return joinSentences(title, detail);
}
