import type { PublicView } from "./public-view";
import { renderTemplate } from "./template";

export type PromptName = keyof PublicView["prompts"];

/** A rendered prompt, ready to be sent as a system and a user message. */
export interface Prompt {
  system: string;
  user: string;
}

/** What a prompt may speak of; what is absent is empty. */
export type PromptValues = Partial<Record<"guideline" | "title" | "body" | "passage" | "reason", string>>;

/** The prompt of a policy with these values: the same bytes as `render` of `shared/policy/prompts.py`. */
export function render(
  view: Pick<PublicView, "prompts" | "categories">,
  name: PromptName,
  values: PromptValues,
): Prompt {
  const categories = view.categories.map(({ id, definition }) => ({ id, definition }));
  const scope = { ...values, categories };
  const { system, user } = view.prompts[name];
  return { system: renderTemplate(system, scope), user: renderTemplate(user, scope) };
}
