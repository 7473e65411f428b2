import type { ComponentChildren } from "preact";
import { formatList, formatNumber } from "../../platform/browser/format";
import { language, rich, t } from "../../platform/i18n";
import { type Judge, judges, loadPolicy, policy, policyRefusal } from "../../platform/state/active-policy";
import { useResource } from "../../platform/state/use-resource";
import type { PublicView } from "../../policy/public-view";
import { Failure, Skeleton } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";

/** Explains what reads a text, what it looks for, how often it is wrong, and where one can say no. */
export function ReadersScreen() {
  const { error, loading, reload } = useResource("policy", loadPolicy);
  const view = policy.value;
  return (
    <Screen title={t("device.readers.screen")}>
      <p class="readers-summary">{t("device.readers.summary")}</p>
      {error.value !== undefined && !view && <Failure error={error.value} retry={reload} />}
      {policyRefusal.value && <p role="alert">{t(`previews.refused.${policyRefusal.value.reason}`)}</p>}
      {!view && loading.value && <Skeleton items={2} />}
      {view && <ReadersOf view={view} />}
      <ReadText />
      <Places />
      <Choices days={view?.appeal_days} />
    </Screen>
  );
}

type PartName = "who" | "what" | "errors" | "text" | "places" | "choices";

function Part({ name, children }: { name: PartName; children: ComponentChildren }) {
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
      <Part name="who">
        <dl class="readers">
          {judges.value.map((judge) => (
            <Reader key={judge.engine} judge={judge} view={view} />
          ))}
          <div>
            <dt>{t("device.readers.person.title")}</dt>
            <dd>{t("device.readers.person.text")}</dd>
          </div>
        </dl>
      </Part>
      <Part name="what">
        <dl class="readers">
          {view.categories.map((category) => (
            <div key={category.id}>
              <dt>{category.title}</dt>
              <dd>
                {category.definition} <span class="meta">{categoryNote(category.id)}</span>
              </dd>
            </div>
          ))}
        </dl>
      </Part>
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
          ? t("device.readers.languages", { languages: formatList(languages.map(languageName)) })
          : t("device.readers.any_language")}
      </dd>
    </div>
  );
}

function languageName(tag: string): string {
  return new Intl.DisplayNames([language.value.tag], { type: "language" }).of(tag) ?? tag;
}

const measured = () => judges.value.find((judge) => judge.measured)?.measured ?? null;

/** Says how often the model is wrong about one category; empty without figures. */
function categoryNote(id: PublicView["categories"][number]["id"]): string {
  const figures = measured()?.categories[id];
  if (!figures) return "";
  return t("device.readers.category", {
    mistakes: outOf(figures.ordinary_held, 10_000),
    found: outOf(figures.found, 100),
  });
}

function Errors() {
  const figures = measured();
  if (!figures) return <Part name="errors">{<p>{t("device.readers.errors.unknown")}</p>}</Part>;
  const { ordinary, found } = figures;
  const mistakes = {
    posts: formatNumber(ordinary.posts),
    held: outOf(ordinary.held, 10_000),
    rejected: outOf(ordinary.rejected, 10_000),
  };
  return (
    <Part name="errors">
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
    </Part>
  );
}

const KINDS = ["outside", "disguised", "buried"] as const;

/** A share as a whole number out of so many; a small share that is not zero counts as 1. */
function outOf(share: number, all: number): string {
  const count = share * all;
  return formatNumber(count > 0 && count < 1 ? 1 : Math.round(count));
}

function ReadText() {
  return (
    <Part name="text">
      <ul class="plain-list">
        <li>{t("device.readers.text.read")}</li>
        <li>{t("device.readers.text.not_read")}</li>
        <li>{t("device.readers.text.drafts")}</li>
      </ul>
    </Part>
  );
}

function Places() {
  return (
    <Part name="places">
      <ul class="plain-list">
        <li>{rich("device.readers.places.device", { strong: (text) => <strong>{text}</strong> })}</li>
        <li>{rich("device.readers.places.server", { strong: (text) => <strong>{text}</strong> })}</li>
      </ul>
    </Part>
  );
}

function Choices({ days }: { days: number | undefined }) {
  return (
    <Part name="choices">
      <ul class="plain-list">
        <li>{rich("device.readers.choices.device", { link: (text) => <a href="/device">{text}</a> })}</li>
        <li>{t("device.readers.choices.server")}</li>
        {days !== undefined && <li>{t("device.readers.choices.appeal", { days })}</li>}
        <li>{t("device.readers.choices.report")}</li>
      </ul>
    </Part>
  );
}
