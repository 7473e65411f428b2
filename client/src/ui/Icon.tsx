/** 24-unit outlines, drawn for this client. */
const PATHS = {
  home: "M4 11.5 12 5l8 6.5V20h-5.5v-5h-5v5H4z",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 20 20",
  write: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  mine: "M6 4h9l3 3v13H6zM9 10h6M9 13.5h6M9 17h3",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM5 20c.8-3.6 3.5-5 7-5s6.2 1.4 7 5",
  up: "M12 5v14M6 11l6-6 6 6",
  down: "M12 19V5M6 13l6 6 6-6",
  reply: "M5 6h14v10h-8l-4 3.500V16H5z",
  check: "M5 12.500l4.5 4.500L19 7.5",
  pause: "M9 6v12M15 6v12",
  stop: "M7 7l10 10M17 7L7 17",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.500l3 2",
  device: "M8 3.500h8v17H8zM11 17.500h2",
  server: "M4.5 5h15v6h-15zM4.5 13h15v6h-15zM8 8h.01M8 16h.01",
  sun: "M12 8.500a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.400M18.4 5.6 17 7M7 17l-1.4 1.4",
  moon: "M19 14.500A7.5 7.5 0 0 1 9.5 5 7.5 7.5 0 1 0 19 14.500z",
  auto: "M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16",
  warning: "M12 4.5 21 19.500H3zM12 10v4M12 16.700v.1",
  timeline: "M4 12h16M7 9v6M12 6v12M17 9v6",
  communities: "M4 6h16M4 12h16M4 18h10",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  plus: "M12 6v12M6 12h12",
  minus: "M6 12h12",
  close: "M6 6l12 12M18 6 6 18",
  rules: "M5 7h9M5 12h14M5 17h7M17.5 5.500l1.500 1.500 2.500-3",
  key: "M14.500 4a5.500 5.500 0 1 0 0 11 5.500 5.500 0 0 0 0-11zM10.500 13.500 4 20v-3M7 17l2 2",
  suggest:
    "M12 4l1.800 5.200L19 11l-5.200 1.800L12 18l-1.800-5.200L5 11l5.200-1.800zM18.500 16v4M16.500 18h4",
  window: "M4 5h16v14H4zM4 9h16M7 7h.01",
  copy: "M9 9h10v11H9zM6 15H5V4h10v2",
  offline:
    "M4 4l16 16M8.5 13.500a5 5 0 0 1 3.5-1.500M5 10a10 10 0 0 1 4-2.500M19 10a10 10 0 0 0-6-2.900M12 18v.1",
} as const;

export type IconName = keyof typeof PATHS;

/** A decorative icon beside words; hidden from screen readers. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
