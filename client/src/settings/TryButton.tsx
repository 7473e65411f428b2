import { useSignal } from "@preact/signals";
import { describeProvider, ProviderProblem } from "../ownkey/problems";
import { ask } from "../ownkey/provider";
import { provider } from "../ownkey/setup";
import { formatMs } from "../state/quantities";

const HELLO = { system: "Answer with the one word: ready", user: "Are you there?" };

/** One short question to the provider, before it matters. */
export function TryButton() {
  const said = useSignal("");
  const busy = useSignal(false);
  const chosen = provider.value;
  if (!chosen) return null;
  const tryIt = async () => {
    busy.value = true;
    said.value = "Asking…";
    try {
      const { tookMs } = await ask(chosen, HELLO, new AbortController().signal);
      said.value = `${chosen.model} answered in ${formatMs(tookMs)}.`;
    } catch (error) {
      if (!(error instanceof ProviderProblem)) throw error;
      const { title, detail } = describeProvider(error);
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
