import { SuggestBar } from "../suggest/SuggestBar";
import type { SuggestionTools } from "../suggest/use-suggestions";
import { CheckButton } from "./CheckButton";
import type { Writing } from "./use-writing";

interface Props {
  writing: Writing;
  tools: SuggestionTools;
  /** Whether the text has a title. */
  titled: boolean;
}

/** What can be asked for about the text: each only when it is asked for. One row, whose height does not change. */
export function WritingTools({ writing, tools, titled }: Props) {
  if (writing.locked) return null;
  return (
    <div class="writing-tools">
      <CheckButton writing={writing} />
      <SuggestBar tools={tools} titled={titled} rewords={writing.strip.tone === "quiet"} />
      <a class="quiet-button writing-settings" href="/device">
        This device and AI
      </a>
    </div>
  );
}
