import { useSignal } from "@preact/signals";
import { formatMs } from "../../platform/browser/format";
import { KeyForm } from "./KeyForm";
import { LimitForm } from "./LimitForm";
import { ProviderForm } from "./ProviderForm";
import { askProvider } from "./provider";
import { disallowAllOrigins, isOriginAllowed, parseAddress } from "./provider-address";
import { describeProviderError, ProviderError } from "./provider-error";
import { forgetKey, hasKey, provider, removeSetup, setup } from "./setup";

/** One's own provider: where it is, with which key, at which cost. */
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
        Your own AI provider
      </h2>
      <p class="meta">
        A language model of your choice can look at your text while you write, with the same question that the
        server would ask, and can make suggestions. Your text then goes from this browser to your provider,
        under its terms. Your key never comes to this site.
      </p>
      <ProviderForm />
      {address && isOriginAllowed(address.origin) && <KeyForm key={address.origin} address={address} />}
      {provider.value && <TestProviderButton />}
      {provider.value && <LimitForm />}
      {(setup.value.address || hasKey()) && (
        <p>
          <button type="button" class="button danger" onClick={remove}>
            Remove provider and key
          </button>
        </p>
      )}
    </section>
  );
}

const HELLO = { system: "Answer with the one word: ready", user: "Are you there?" };

/** One short question to the provider, before it matters. */
export function TestProviderButton() {
  const said = useSignal("");
  const busy = useSignal(false);
  const chosen = provider.value;
  if (!chosen) return null;
  const tryIt = async () => {
    busy.value = true;
    said.value = "Asking…";
    try {
      const { tookMs } = await askProvider(chosen, HELLO, new AbortController().signal);
      said.value = `${chosen.model} answered in ${formatMs(tookMs)}.`;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      const { title, detail } = describeProviderError(error);
      said.value = `${title} ${detail}`;
    } finally {
      busy.value = false;
    }
  };
  return (
    <p class="settings-line">
      <button type="button" class="button" disabled={busy.value} onClick={tryIt}>
        Try it
      </button>{" "}
      <span role="status">{said.value}</span>
    </p>
  );
}
