import { useEffect, useRef } from "preact/hooks";
import { SuggestionCard } from "./SuggestionCard";
import type { SuggestionTools } from "./use-suggestions";

/** The place of a suggestion: below everything, so that nothing moves when one arrives. Whoever asked is shown it. */
export function SuggestionSlot({ tools }: { tools: SuggestionTools }) {
  const place = useRef<HTMLDivElement>(null);
  const state = tools.now?.state;
  useEffect(() => {
    if (state) place.current?.scrollIntoView({ block: "nearest" });
  }, [state]);
  return (
    <div class="suggestion-slot" ref={place}>
      {tools.now && (
        <SuggestionCard suggestion={tools.now} onAccept={tools.accept} onDismiss={tools.dismiss} />
      )}
    </div>
  );
}
