import { computed, signal } from "@preact/signals";
import { t } from "../../platform/i18n";
import type { Description } from "../../platform/state/error-messages";
import { switches } from "../../platform/state/feature-switches";
import { askProvider } from "../own-key/ask-provider";
import { describeProviderError, ProviderError } from "../own-key/provider-error";
import { provider } from "../own-key/provider-setup";

/** The source of suggestions: the user's provider, else the browser's model, else none. */
export const suggestionSource = computed<"provider" | "browser" | null>(() => {
  if (!switches.value.suggestions) return null;
  if (provider.value) return "provider";
  return isBrowserModelReady() ? "browser" : null;
});

/** Returns the name of the source as users read it. */
export function sourceLabel(): string {
  return provider.value && suggestionSource.value === "provider"
    ? t("suggestions.source.model", { model: provider.value.model })
    : t("suggestions.source.browser");
}

/**
 * Asks the current source for a suggestion.
 *
 * @throws ProviderError or DOMException
 */
export async function askForSuggestion(
  prompt: { system: string; user: string },
  signal: AbortSignal,
): Promise<string> {
  const chosen = provider.peek();
  if (suggestionSource.peek() === "provider" && chosen)
    return (await askProvider(chosen, prompt, signal)).text;
  return askBrowserModel(prompt.system, prompt.user, signal);
}

/** An error that `askForSuggestion` is expected to throw. */
export type SuggestionError = ProviderError | DOMException;

export function isSuggestionError(error: unknown): error is SuggestionError {
  return error instanceof ProviderError || error instanceof DOMException;
}

/** Describes a failed suggestion for the user. */
export function describeSuggestionError(error: SuggestionError | null): Description {
  if (error instanceof ProviderError) return describeProviderError(error);
  return {
    title: t("suggestions.browser_model_failed.title"),
    detail: t("suggestions.browser_model_failed.detail"),
  };
}

/** Availability of the browser's own language model (Prompt API, https://webmachinelearning.github.io/prompt-api/). */
export type BrowserModelState = "unknown" | "unavailable" | "downloadable" | "downloading" | "available";

interface Session {
  prompt: (text: string, options: { signal: AbortSignal }) => Promise<string>;
  destroy: () => void;
}

interface LanguageModel {
  availability: (options?: object) => Promise<Exclude<BrowserModelState, "unknown">>;
  create: (options: object) => Promise<Session>;
}

export const browserModel = signal<BrowserModelState>("unknown");

/** The policy's prompts are in English; the browser must know the languages before it reports availability. */
const LANGUAGES = {
  expectedInputs: [{ type: "text", languages: ["en"] }],
  expectedOutputs: [{ type: "text", languages: ["en"] }],
};

/** Asks the browser whether its model is available. That the API exists is not enough. */
export async function detectBrowserModel(): Promise<void> {
  try {
    browserModel.value = (await api()?.availability(LANGUAGES)) ?? "unavailable";
  } catch {
    browserModel.value = "unavailable";
  }
}

/** Returns true if the browser's model can be used now, without a download. */
export function isBrowserModelReady(): boolean {
  return switches.value.browserModel && browserModel.value === "available";
}

/** Asks the browser's model for a suggestion; never for a preview, because this page cannot tell which model it is. */
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
