import { signal } from "@preact/signals";
import { switches } from "../settings/switches";

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
export async function lookForBrowserModel(): Promise<void> {
  try {
    browserModel.value = (await api()?.availability(LANGUAGES)) ?? "unavailable";
  } catch {
    browserModel.value = "unavailable";
  }
}

/** Whether it can be asked now, without a download that nobody has asked for. */
export function browserModelReady(): boolean {
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
