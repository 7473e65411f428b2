import { computed, signal } from "@preact/signals";
import { isAbort } from "../../platform/api/client";
import type { Description } from "../../platform/state/notices";
import { switches } from "../../platform/state/switches";
import { askProvider } from "../own-key/provider";
import { describeProviderError, ProviderError } from "../own-key/provider-error";
import { provider } from "../own-key/setup";

/** Who makes suggestions: the person's provider, else the browser's own model, else nobody. */
export const suggestionSource = computed<"key" | "browser" | null>(() => {
  if (!switches.value.suggestions) return null;
  if (provider.value) return "key";
  return isBrowserModelReady() ? "browser" : null;
});

/** Who made a suggestion, in words. */
export function sourceWords(): string {
  return suggestionSource.value === "key"
    ? `by ${provider.value?.model ?? "your provider"}`
    : "by your browser's own model";
}

/** Asks for words. */
export async function askForSuggestion(
  prompt: { system: string; user: string },
  signal: AbortSignal,
): Promise<string> {
  const chosen = provider.peek();
  if (suggestionSource.peek() === "key" && chosen) return (await askProvider(chosen, prompt, signal)).text;
  return askBrowserModel(prompt.system, prompt.user, signal);
}

/** Why there is no suggestion; null where nobody waits for one any more. */
export function explainSuggestion(error: unknown): Description | null {
  if (isAbort(error)) return null;
  if (error instanceof ProviderError) return describeProviderError(error);
  if (error instanceof DOMException) {
    return { title: "Your browser's model could not do this.", detail: "Your text is as it was." };
  }
  throw error;
}

/** What the browser says about its own language model (Prompt API, https://webmachinelearning.github.io/prompt-api/). */
export type BrowserModelState = "unknown" | "unavailable" | "downloadable" | "downloading" | "available";

interface Session {
  prompt: (words: string, options: { signal: AbortSignal }) => Promise<string>;
  destroy: () => void;
}

interface LanguageModel {
  availability: (options?: object) => Promise<Exclude<BrowserModelState, "unknown">>;
  create: (options: object) => Promise<Session>;
}

export const browserModel = signal<BrowserModelState>("unknown");

/** In English, which is what the policy's prompts are written in; the browser wants to know before it says yes. */
const LANGUAGES = {
  expectedInputs: [{ type: "text", languages: ["en"] }],
  expectedOutputs: [{ type: "text", languages: ["en"] }],
};

/** Asks the browser. That the name exists says nothing: only its own word counts. */
export async function detectBrowserModel(): Promise<void> {
  try {
    browserModel.value = (await api()?.availability(LANGUAGES)) ?? "unavailable";
  } catch {
    browserModel.value = "unavailable";
  }
}

/** Whether it can be asked now, without a download that nobody has asked for. */
export function isBrowserModelReady(): boolean {
  return switches.value.browserModel && browserModel.value === "available";
}

/** Asks the browser's model for words. It is never asked for a verdict: nobody knows which model it is. */
export async function askBrowserModel(system: string, user: string, signal: AbortSignal): Promise<string> {
  const model = api();
  if (!model) throw new DOMException("no model", "NotSupportedError");
  const session = await model.create({
    ...LANGUAGES,
    initialPrompts: [{ role: "system", content: system }],
    signal,
  });
  try {
    return await session.prompt(user, { signal });
  } finally {
    session.destroy();
  }
}

function api(): LanguageModel | undefined {
  return (globalThis as { LanguageModel?: LanguageModel }).LanguageModel;
}
