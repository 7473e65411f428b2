import { browserModel } from "../suggest/browser-model";
import { SwitchRow } from "./SwitchRow";

/** What may be offered beside a text. Nothing is ever put into it without a click. */
export function SuggestionSwitches() {
  return (
    <section class="settings-part" aria-labelledby="suggestions-title">
      <h2 id="suggestions-title" class="section-title">
        Suggestions
      </h2>
      <ul class="switches">
        <SwitchRow
          name="chips"
          icon="communities"
          title="Where it fits, and what was said already"
          about="Communities and posts close to your text, found on this device with its model."
        />
        <SwitchRow
          name="suggestions"
          icon="suggest"
          title="Titles and wordings"
          about="Buttons for a title, another wording, or how it could go on; by your provider or your browser, only when you ask. You see the difference before you take it."
        />
        <SwitchRow
          name="browserModel"
          icon="window"
          title="The browser's own model"
          about={`May make suggestions where there is no key. It cannot be named, so it never previews a decision. ${STATES[browserModel.value]}`}
        />
      </ul>
    </section>
  );
}

const STATES = {
  unknown: "",
  unavailable: "This browser has none.",
  downloadable:
    "This browser would have to download it first, which only you can start, in its own settings.",
  downloading: "This browser is downloading it.",
  available: "This browser has one.",
} as const;
