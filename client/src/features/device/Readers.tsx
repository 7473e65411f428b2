import type { ComponentChildren } from "preact";
import { formatLanguage, formatList, formatNumber } from "../../platform/browser/format";
import { t } from "../../platform/i18n";
import { type Judge, judges } from "../../platform/state/active-policy";
import type { PublicView } from "../../policy/public-view";

type PartName = "who" | "what" | "errors" | "text" | "places" | "choices";

/** A part of the page, with its title. */
export function ReadersPart({ name, children }: { name: PartName; children: ComponentChildren }) {
  return (
    <section class="settings-part" aria-labelledby={`readers-${name}`}>
      <h2 id={`readers-${name}`} class="section-title">
        {t(`device.readers.${name}.title`)}
      </h2>
      {children}
    </section>
  );
}

/** The readers under a policy, what they look for, and how often the measured one is wrong. */
export function ReadersOf({ view }: { view: PublicView }) {
  return (
    <>
      <ReadersPart name="who">
        <dl class="readers">
          {judges.value.map((judge) => (
            <Reader key={judge.engine} judge={judge} view={view} />
          ))}
          <div>
            <dt>{t("device.readers.person.title")}</dt>
            <dd>{t("device.readers.person.text")}</dd>
          </div>
        </dl>
      </ReadersPart>
      <ReadersPart name="what">
        <dl class="readers">
          {view.categories.map((category) => (
            <div key={category.id}>
              <dt dir="auto">{category.title}</dt>
              <dd dir="auto">
                {category.definition} <span class="meta">{categoryNote(category.id)}</span>
              </dd>
            </div>
          ))}
        </dl>
      </ReadersPart>
      <Errors />
    </>
  );
}

function Reader({ judge, view }: { judge: Judge; view: PublicView }) {
  const { engine, languages } = judge;
  const categories = formatList(
    view.categories.filter(({ id }) => judge.categories.includes(id)).map(({ title }) => title),
  );
  const counts = { here: view.rules.length, hidden: view.rules_left_out };
  return (
    <div>
      <dt>{t(`device.readers.${engine}.title`)}</dt>
      <dd>
        {t(`device.readers.${engine}.text`, engine === "rules" ? counts : { categories })}{" "}
        {languages
          ? t("device.readers.languages", { languages: formatList(languages.map(formatLanguage)) })
          : t("device.readers.any_language")}
      </dd>
    </div>
  );
}

const measured = () => judges.value.find((judge) => judge.measured)?.measured ?? null;

// A share of fewer texts says little: one of fifteen is 7 in 100.
const FEWEST_TEXTS = 30;

/** Says how often the model is wrong about one category; empty without figures. */
function categoryNote(id: PublicView["categories"][number]["id"]): string {
  const figures = measured()?.categories[id];
  if (!figures) return "";
  const mistakes = outOf(figures.ordinary_held, 10_000);
  if (figures.texts < FEWEST_TEXTS) return t("device.readers.category_few", { mistakes });
  return t("device.readers.category", { mistakes, found: outOf(figures.found, 100) });
}

function Errors() {
  const figures = measured();
  if (!figures) return <ReadersPart name="errors">{<p>{t("device.readers.errors.unknown")}</p>}</ReadersPart>;
  const { ordinary, found } = figures;
  const mistakes = {
    posts: formatNumber(ordinary.posts),
    held: outOf(ordinary.held, 10_000),
    rejected: outOf(ordinary.rejected, 10_000),
  };
  return (
    <ReadersPart name="errors">
      <ul class="plain-list">
        <li>{t("device.readers.errors.ordinary", mistakes)}</li>
        {KINDS.map((kind) => {
          const one = found[kind];
          return (
            one && (
              <li key={kind}>
                {t(`device.readers.errors.${kind}`, {
                  texts: formatNumber(one.texts),
                  found: outOf(one.found, 100),
                })}
              </li>
            )
          );
        })}
        <li>{t("device.readers.errors.rest")}</li>
      </ul>
    </ReadersPart>
  );
}

const KINDS = ["outside", "disguised", "buried"] as const;

/** A share as a whole number out of so many; a small share that is not zero counts as 1. */
function outOf(share: number, all: number): string {
  const count = share * all;
  return formatNumber(count > 0 && count < 1 ? 1 : Math.round(count));
}
