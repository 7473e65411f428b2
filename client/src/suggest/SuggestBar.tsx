import { Icon } from "../components/Icon";
import type { SuggestionTools } from "./use-suggestions";

interface Props {
  tools: SuggestionTools;
  titled: boolean;
  /** Whether it offers another wording; else the strip does, beside its reasons. */
  rewords: boolean;
}

/** What can be asked for beside a text. Not there where nobody could answer. */
export function SuggestBar({ tools, titled, rewords }: Props) {
  if (!tools.available) return null;
  return (
    <fieldset class="suggest-bar" aria-label="Suggestions">
      <Icon name="suggest" size={16} />
      {titled && (
        <button type="button" class="quiet-button" onClick={() => tools.ask("suggest_title")}>
          Suggest a title
        </button>
      )}
      {rewords && (
        <button type="button" class="quiet-button" onClick={() => tools.ask("reword")}>
          Reword
        </button>
      )}
      <button type="button" class="quiet-button" onClick={() => tools.ask("continue")}>
        Go on
      </button>
    </fieldset>
  );
}
