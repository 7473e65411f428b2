import { useEffect } from "preact/hooks";
import { Screen } from "../screens/Screen";
import { lookForBrowserModel } from "../suggest/browser-model";
import { LedgerTable } from "./LedgerTable";
import { OwnKeyPanel } from "./OwnKeyPanel";
import { PreviewSwitches } from "./PreviewSwitches";
import { SuggestionSwitches } from "./SuggestionSwitches";
import { WhatLeaves } from "./WhatLeaves";

/** This device and AI: what looks at a text before it is sent, what it costs, and what leaves the device for it. */
export function DeviceScreen() {
  useEffect(() => {
    void lookForBrowserModel();
  }, []);
  return (
    <Screen title="This device and AI">
      <PreviewSwitches />
      <SuggestionSwitches />
      <OwnKeyPanel />
      <WhatLeaves />
      <LedgerTable />
    </Screen>
  );
}
