import { computed } from "@preact/signals";
import { isAbort } from "../api/api";
import { describeProvider, ProviderProblem } from "../ownkey/problems";
import { ask } from "../ownkey/provider";
import { provider } from "../ownkey/setup";
import { switches } from "../settings/switches";
import type { Description } from "../state/describe";
import { askBrowserModel, browserModelReady } from "./browser-model";

/** Who makes suggestions: the person's provider, else the browser's own model, else nobody. */
export const source = computed<"key" | "browser" | null>(() => {
  if (!switches.value.suggestions) return null;
  if (provider.value) return "key";
  return browserModelReady() ? "browser" : null;
});

/** Who made a suggestion, in words. */
export function sourceWords(): string {
  return source.value === "key"
    ? `by ${provider.value?.model ?? "your provider"}`
    : "by your browser's own model";
}

/** Asks for words. */
export async function askForWords(
  prompt: { system: string; user: string },
  signal: AbortSignal,
): Promise<string> {
  const chosen = provider.peek();
  if (source.peek() === "key" && chosen) return (await ask(chosen, prompt, signal)).text;
  return askBrowserModel(prompt.system, prompt.user, signal);
}

/** Why there is no suggestion; null where nobody waits for one any more. */
export function explainSuggestion(error: unknown): Description | null {
  if (isAbort(error)) return null;
  if (error instanceof ProviderProblem) return describeProvider(error);
  if (error instanceof DOMException) {
    return { title: "Your browser's model could not do this.", detail: "Your text is as it was." };
  }
  throw error;
}
