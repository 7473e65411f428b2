import { SuggestionCard } from "./SuggestionCard";
import type { SuggestionTools } from "./use-suggestions";

/** The place of a suggestion: below everything, so that nothing moves when one arrives. */
export function SuggestionSlot({ tools }: { tools: SuggestionTools }) {
  if (!tools.now) return null;
  return <SuggestionCard suggestion={tools.now} onAccept={tools.accept} onDismiss={tools.dismiss} />;
}
