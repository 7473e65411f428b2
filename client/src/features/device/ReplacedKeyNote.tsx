import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { announce, report } from "../../platform/state/notices";
import { loadPolicy, policyRefusal, policyTrust, useCurrentPolicy } from "../../platform/state/policy";
import type { ReplacedKey } from "../../policy/trust-state";

/** Where the rules are signed with another key than this browser knows: what that means, and how to accept it. */
export function ReplacedKeyNote() {
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
    return (
      <p class="field-problem">
        The rules are signed with a key that this page does not have. Reload it: it may be older than the key.
      </p>
    );
  }
  return (
    <div class="replaced-key">
      <p class="field-problem" role="alert">
        The rules are signed with another key than the one that this browser knows. So they are not used.
      </p>
      <dl>
        <dt>Known since your first visit</dt>
        <dd>
          <code>{keys.value.known}</code>
        </dd>
        <dt>This page came with</dt>
        <dd>
          <code>{keys.value.offered}</code>
        </dd>
      </dl>
      <p class="meta">
        Whoever runs this site may have set it up anew, without the old key. It would look the same if
        somebody else answered in its place. Ask them whether the new key is theirs. Until then you can write
        and post as always; there is only no preview.
      </p>
      <Accept offered={keys.value.offered} />
    </div>
  );
}

function Accept({ offered }: { offered: string }) {
  const asking = useSignal(false);
  const ask = (value: boolean) => () => {
    asking.value = value;
  };
  const accept = async () => {
    policyTrust.trustPageKeys();
    try {
      await loadPolicy();
      if (!policyRefusal.peek()) announce("The new key is known from now on.");
    } catch (error) {
      report(error, "The new key is known from now on.");
    }
  };
  if (!asking.value) {
    return (
      <p class="settings-line">
        <button type="button" class="button" onClick={ask(true)}>
          Accept the new key…
        </button>
      </p>
    );
  }
  return (
    <p class="settings-line">
      <span>Believe {offered} from now on, and forget the other one?</span>
      <button type="button" class="button danger" onClick={accept}>
        Accept it
      </button>
      <button type="button" class="quiet-button" onClick={ask(false)}>
        Keep the old one
      </button>
    </p>
  );
}
