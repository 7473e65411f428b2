import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Icon, type IconName } from "../components/Icon";
import { type Switch, setSwitch, switches } from "./switches";

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
