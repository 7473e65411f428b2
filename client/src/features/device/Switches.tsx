import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { type Switch, setSwitch, switches } from "../../platform/state/switches";
import { Icon, type IconName } from "../../ui/Icon";
import { browserModel } from "../suggestions/source";
import { DeviceModelPanel } from "./DeviceModelPanel";
import { ReplacedKeyNote } from "./ReplacedKeyNote";

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

interface Props {
  name: Switch;
  icon: IconName;
  title: string;
  /** What it does, and what leaves this device for it. */
  about: string;
  children?: ComponentChildren;
}

/** One thing that the page does by itself, with its switch. */
export function SwitchRow({ name, icon, title, about, children }: Props) {
  const id = useId();
  return (
    <li class="switch-row">
      <Icon name={icon} size={20} />
      <div>
        <label for={id} class="switch-title">
          {title}
        </label>
        <p class="meta" id={`${id}-about`}>
          {about}
        </p>
        {children}
      </div>
      <input
        id={id}
        type="checkbox"
        role="switch"
        class="switch"
        aria-checked={switches.value[name]}
        checked={switches.value[name]}
        aria-describedby={`${id}-about`}
        onChange={(event) => setSwitch(name, event.currentTarget.checked)}
      />
    </li>
  );
}
