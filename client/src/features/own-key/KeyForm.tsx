import { useSignal } from "@preact/signals";
import { FormField } from "../../ui/Form";
import type { Address } from "./provider-address";
import { forgetKey, isLocal, type KeyRetention, keyFor, keyRetention, setKey } from "./setup";

const PLACES: [KeyRetention, string][] = [
  ["memory", "Only until this page is closed or loaded again. Nothing is stored."],
  ["session", "Until this tab is closed. Stored in this tab, also over a reload."],
  ["device", "On this device until you remove it. Whoever can use this browser can use the key."],
];

/** The key for one provider, and where it is kept. It goes to that provider, and to nobody else. */
export function KeyForm({ address }: { address: Address }) {
  const typed = useSignal("");
  const where = useSignal<KeyRetention>(keyRetention.value);
  const onSubmit = (event: Event) => {
    event.preventDefault();
    if (!typed.value.trim()) return;
    setKey({ key: typed.value, origin: address.origin }, where.value);
    typed.value = "";
  };
  const key = keyFor(address.origin);
  if (key) {
    return (
      <p class="settings-line">
        A key is here, ending in <code>{key.slice(-4)}</code>.{" "}
        <span class="meta">{PLACES.find(([place]) => place === keyRetention.value)?.[1]}</span>
        <button type="button" class="button" onClick={forgetKey}>
          Forget the key
        </button>
      </p>
    );
  }
  return (
    <form class="form" onSubmit={onSubmit}>
      <FormField
        spec={{
          name: "provider-key",
          label: isLocal(address) ? "Key (a server on this machine may not need one)" : "Key",
          hint: "It never comes to this site: it goes from this browser to your provider.",
          secret: true,
        }}
        value={typed.value}
        problem={undefined}
        onInput={(value) => {
          typed.value = value;
        }}
      />
      <fieldset class="choice">
        <legend>Keep it</legend>
        {PLACES.map(([place, words]) => (
          <label key={place}>
            <input
              type="radio"
              name="keep-key"
              checked={where.value === place}
              onChange={() => {
                where.value = place;
              }}
            />{" "}
            {words}
          </label>
        ))}
      </fieldset>
      <button type="submit" class="button primary">
        Use this key
      </button>
    </form>
  );
}
