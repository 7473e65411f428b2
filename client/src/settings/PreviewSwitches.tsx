import { DeviceModelPanel } from "./DeviceModelPanel";
import { ReplacedKeyNote } from "./ReplacedKeyNote";
import { SwitchRow } from "./SwitchRow";

/** Who may look at a text while it is written, from the quickest to the official. */
export function PreviewSwitches() {
  return (
    <section class="settings-part" aria-labelledby="previews-title">
      <h2 id="previews-title" class="section-title">
        While you write
      </h2>
      <p class="meta">
        What you see before sending is a guess. It binds nobody, and you can always post: the server decides.
      </p>
      <ul class="switches">
        <SwitchRow
          name="rules"
          icon="rules"
          title="Rules"
          about="The public rules of this place, at each keystroke. Nothing leaves this device."
        >
          <ReplacedKeyNote />
        </SwitchRow>
        <SwitchRow
          name="device"
          icon="device"
          title="Model on this device"
          about="A small model, when you pause. Nothing leaves this device."
        >
          <DeviceModelPanel />
        </SwitchRow>
        <SwitchRow
          name="ownKey"
          icon="key"
          title="Your key"
          about="Your own provider, when you pause for longer. Your text goes there, once you have set it up below."
        />
        <SwitchRow
          name="serverCheck"
          icon="server"
          title="Server check"
          about="A button that asks the server what it would decide. Your text goes to the server, which does not keep it."
        />
      </ul>
    </section>
  );
}
