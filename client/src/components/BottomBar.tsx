import { Icon, type IconName } from "./Icon";
import { NavLink } from "./NavLink";

const ROOMS: [href: string, label: string, icon: IconName][] = [
  ["/", "Home", "home"],
  ["/search", "Search", "search"],
  ["/write", "Write", "write"],
  ["/mine", "Mine", "mine"],
  ["/me", "Me", "person"],
];

/** The way around on a phone. */
export function BottomBar() {
  return (
    <nav class="bottom-bar" aria-label="Main">
      {ROOMS.map(([href, label, icon]) => (
        <NavLink key={href} href={href} class={href === "/write" ? "bottom-write" : ""}>
          <Icon name={icon} size={22} />
          <span>{label}</span>
        </NavLink>
      ))}
    </nav>
  );
}
