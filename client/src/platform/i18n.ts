import { signal } from "@preact/signals";
import { type FormatXMLElementFn, IntlMessageFormat } from "intl-messageformat";
import type { ComponentChildren } from "preact";
import english from "../locales/en.json";

/** A key of the catalogue. `src/locales/en.json` declares every key; other languages translate it. */
export type MessageKey = keyof typeof english;

/** Values for the placeholders of a message in ICU MessageFormat. */
export type MessageValues = Record<string, string | number | Date>;

/** The active language: a BCP 47 tag and its messages. Missing messages fall back to English. */
export const language = signal<{ tag: string; messages: Partial<Record<MessageKey, string>> }>({
  tag: "en",
  messages: english,
});

/**
 * Formats one message of the catalogue in the active language.
 *
 * @throws when a placeholder has no value: a mistake in the calling code
 */
export function t(key: MessageKey, values?: MessageValues): string {
  return String(format(key).format(values && isolated(values)));
}

/** Letters of scripts that run from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Line ends and controls of the direction, within which an isolation would not hold. */
const CONTROL = /[\n\r\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

export function hasRightToLeft(text: string): boolean {
  return RIGHT_TO_LEFT.test(text);
}

/** Values of a right-to-left script, isolated from the message around them: https://www.unicode.org/reports/tr9/ */
function isolated(values: MessageValues): MessageValues {
  const isolate = (value: MessageValues[string]) =>
    typeof value === "string" && hasRightToLeft(value) && !CONTROL.test(value)
      ? `\u2068${value}\u2069`
      : value;
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, isolate(value)]));
}

/**
 * Formats a message that contains tags, such as `Read <link>the rules</link>.`
 *
 * @param tags a renderer for each tag of the message, by its name
 */
export function rich(
  key: MessageKey,
  tags: Record<string, (children: ComponentChildren) => ComponentChildren>,
  values?: MessageValues,
): ComponentChildren {
  const renderers: Record<string, FormatXMLElementFn<ComponentChildren>> = {};
  for (const [name, render] of Object.entries(tags)) renderers[name] = (chunks) => render(chunks);
  return format(key).format<ComponentChildren>({
    ...isolated(values ?? {}),
    ...renderers,
  }) as ComponentChildren;
}

/** Joins whole sentences as the active language does it; empty ones are left out. */
export function joinSentences(...sentences: string[]): string {
  return sentences
    .filter((sentence) => sentence !== "")
    .reduce((first, second) => (first === "" ? second : t("ui.two_sentences", { first, second })), "");
}

// Parsing costs more than formatting: each message is parsed once per language.
const parsed = new Map<string, IntlMessageFormat>();

function format(key: MessageKey): IntlMessageFormat {
  const { tag, messages } = language.value;
  const translated = messages[key];
  const [locale, text] = translated === undefined ? ["en", english[key]] : [tag, translated];
  const id = `${locale} ${text}`;
  let message = parsed.get(id);
  if (!message) {
    message = new IntlMessageFormat(text, locale);
    parsed.set(id, message);
  }
  return message;
}
