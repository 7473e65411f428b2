import { useSignal } from "@preact/signals";
import { FormField } from "../../ui/Form";
import { allowOrigin, isOriginAllowed, KNOWN_PROVIDERS, parseAddress } from "./provider-address";
import { changeSetup, setup } from "./setup";

const WRONG =
  "This is no address that a page may ask: https://…, or http://localhost… for a server on this machine.";

/** Which provider and model. A new address has to be let through by the page's security policy, which takes a reload. */
export function ProviderForm() {
  const problem = useSignal<string | undefined>(undefined);
  const { address, model } = setup.value;
  const parsed = parseAddress(address);
  const choose = (name: string) => {
    const known = KNOWN_PROVIDERS.find(([title]) => title === name);
    if (known) changeSetup({ address: known[1], model: known[2], inputPrice: null, outputPrice: null });
  };
  const onSubmit = (event: Event) => {
    event.preventDefault();
    problem.value = parsed ? undefined : WRONG;
    if (!parsed) return;
    changeSetup({ address: parsed.baseUrl });
    allowOrigin(parsed.origin);
    window.location.reload();
  };
  return (
    <form class="form" onSubmit={onSubmit}>
      <div class="form-field">
        <label for="known-provider">Provider</label>
        <select
          id="known-provider"
          class="field"
          value={KNOWN_PROVIDERS.find(([, url]) => url === address)?.[0] ?? ""}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          <option value="">Another one</option>
          {KNOWN_PROVIDERS.map(([name]) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </div>
      <FormField
        spec={{ name: "provider-address", label: "Address", hint: "Anything that speaks OpenAI's chat API." }}
        value={address}
        problem={problem.value}
        onInput={(value) => changeSetup({ address: value })}
      />
      <FormField
        spec={{ name: "provider-model", label: "Model", hint: "As your provider calls it." }}
        value={model}
        problem={undefined}
        onInput={(value) => changeSetup({ model: value })}
      />
      {parsed && isOriginAllowed(parsed.origin) ? (
        <p class="meta">This page may talk to {parsed.origin}.</p>
      ) : (
        <>
          <p class="meta">
            This page may talk to this site, and to addresses that you have allowed. Allowing one reloads it;
            your drafts stay.
          </p>
          <button type="submit" class="button">
            Allow {parsed ? parsed.origin : "this address"}
          </button>
        </>
      )}
    </form>
  );
}
