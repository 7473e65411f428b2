import { useEffect } from "preact/hooks";
import { Screen } from "../../ui/Screen";
import { OwnKeyPanel } from "../own-key/OwnKeyPanel";
import { detectBrowserModel } from "../suggestions/source";
import { RequestLogTable } from "./RequestLogTable";
import { PreviewSwitches, SuggestionSwitches } from "./Switches";

/** This device and AI: what looks at a text before it is sent, what it costs, and what leaves the device for it. */
export function DeviceScreen() {
  useEffect(() => {
    void detectBrowserModel();
  }, []);
  return (
    <Screen title="This device and AI">
      <PreviewSwitches />
      <SuggestionSwitches />
      <OwnKeyPanel />
      <DataFlowNote />
      <RequestLogTable />
    </Screen>
  );
}

/** What leaves this device, and when. */
export function DataFlowNote() {
  return (
    <section class="settings-part" aria-labelledby="leaves-title">
      <h2 id="leaves-title" class="section-title">
        What leaves this device
      </h2>
      <ul class="plain-list">
        <li>
          A text goes to this site when you post it, or when you ask for a server check. Drafts stay here.
        </li>
        <li>
          With your own key, texts go to your provider while you pause, and when you ask it for a suggestion.
          With them goes the community's guideline; your name, your history and your place do not.
        </li>
        <li>
          After a preview this site hears which kind it was, what it said and how long it took, with a
          fingerprint of the text that fits only this one preview. Never the text.
        </li>
        <li>Times of your clicks and requests, without text, so that a post's timeline can show them.</li>
        <li>Nothing goes to anybody else.</li>
      </ul>
    </section>
  );
}
