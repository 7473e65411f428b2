import type { Reason } from "../platform/api/types";
import { language, t } from "../platform/i18n";
import { type Helpline, policy, useCurrentPolicy } from "../platform/state/active-policy";

/** Tells whether a reason says that the author may need help. */
export function offersHelp({ category }: Pick<Reason, "category">): boolean {
  return category.startsWith("self_harm");
}

/** Places that help, for the author of a text. Nobody else may see it: it would label them. */
export function HelpNote() {
  useCurrentPolicy();
  const helplines = helplinesFor(
    policy.value?.helplines ?? [],
    countriesOf([language.value.tag, ...navigator.languages]),
  );
  if (helplines.length === 0) return null;
  return (
    <section class="note help-note" aria-label={t("help.title")}>
      <h2>{t("help.title")}</h2>
      <ul class="note-list">
        {helplines.map(({ name, contact, url }) => (
          <li key={`${name} ${url}`}>
            <a href={url} target="_blank" rel="noreferrer">
              {name}
            </a>
            {contact && (
              <>
                {" "}
                <a href={`tel:${contact.replaceAll(/[^0-9+]/g, "")}`}>{contact}</a>
              </>
            )}
          </li>
        ))}
      </ul>
      <p>{t("help.private")}</p>
    </section>
  );
}

/** Returns the helplines of these countries, then those for everywhere. */
export function helplinesFor(helplines: readonly Helpline[], countries: readonly string[]): Helpline[] {
  const near = helplines.filter((one) => one.countries.some((country) => countries.includes(country)));
  return [...near, ...helplines.filter((one) => one.countries.length === 0)];
}

/**
 * Returns the countries that languages name: "en-GB" names one, "de" is most likely from one, and "en" says nothing.
 */
export function countriesOf(languages: readonly string[]): string[] {
  const found = languages.flatMap((tag) => {
    try {
      const locale = new Intl.Locale(tag);
      const region = locale.region ?? (locale.language === "en" ? undefined : locale.maximize().region);
      return region ? [region] : [];
    } catch {
      return [];
    }
  });
  return [...new Set(found)];
}
