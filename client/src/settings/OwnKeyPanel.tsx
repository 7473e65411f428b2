import { parseAddress } from "../ownkey/address";
import { disallowAll, isOpen } from "../ownkey/allowed";
import { forgetKey, hasKey } from "../ownkey/key";
import { provider, removeSetup, setup } from "../ownkey/setup";
import { KeyForm } from "./KeyForm";
import { LimitForm } from "./LimitForm";
import { ProviderForm } from "./ProviderForm";
import { TryButton } from "./TryButton";

/** One's own provider: where it is, with which key, at which cost. */
export function OwnKeyPanel() {
  const address = parseAddress(setup.value.address);
  const remove = () => {
    disallowAll();
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
      {address && isOpen(address.origin) && <KeyForm key={address.origin} address={address} />}
      {provider.value && <TryButton />}
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
