import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../../platform/i18n";
import { loadPolicy, policyRefusal, policyTrust, useCurrentPolicy } from "../../platform/state/active-policy";
import { announce, report } from "../../platform/state/notices";
import type { ReplacedKey } from "../../policy/trust-state";

/** Explains that the rules are signed with a key that this browser does not know, and lets the user accept it. */
export function ReplacedPolicyKeyPrompt() {
  useCurrentPolicy();
  const keys = useSignal<ReplacedKey | null | undefined>(undefined);
  const unknown = policyRefusal.value?.reason === "unknown_key";
  useEffect(() => {
    if (!unknown) return;
    policyTrust.replacedKey().then((found) => {
      keys.value = found;
    }, report);
  }, [unknown, keys]);
  if (!unknown || keys.value === undefined) return null;
  if (keys.value === null) {
    return <p class="field-problem">{t("device.replaced_key.reload")}</p>;
  }
  return (
    <div class="replaced-key">
      <p class="field-problem" role="alert">
        {t("device.replaced_key.explanation")}
      </p>
      <dl>
        <dt>{t("device.replaced_key.known")}</dt>
        <dd>
          <code>{keys.value.known}</code>
        </dd>
        <dt>{t("device.replaced_key.offered")}</dt>
        <dd>
          <code>{keys.value.offered}</code>
        </dd>
      </dl>
      <p class="meta">{t("device.replaced_key.advice")}</p>
      <AcceptKey offered={keys.value.offered} />
    </div>
  );
}

/** A button that trusts the new key, after a confirmation. */
function AcceptKey({ offered }: { offered: string }) {
  const confirming = useSignal(false);
  const setConfirming = (value: boolean) => () => {
    confirming.value = value;
  };
  const accept = async () => {
    policyTrust.trustPageKeys();
    try {
      await loadPolicy();
      if (!policyRefusal.peek()) announce(t("device.replaced_key.accepted"));
    } catch (error) {
      report(error, t("device.replaced_key.accepted"));
    }
  };
  if (!confirming.value) {
    return (
      <p class="settings-line">
        <button type="button" class="button" onClick={setConfirming(true)}>
          {t("device.replaced_key.accept")}
        </button>
      </p>
    );
  }
  return (
    <p class="settings-line">
      <span>{t("device.replaced_key.question", { key: offered })}</span>
      <button type="button" class="button danger" onClick={accept}>
        {t("device.replaced_key.confirm")}
      </button>
      <button type="button" class="quiet-button" onClick={setConfirming(false)}>
        {t("device.replaced_key.cancel")}
      </button>
    </p>
  );
}
