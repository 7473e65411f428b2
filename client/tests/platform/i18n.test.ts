import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import english from "../../src/locales/en.json";
import { language, type MessageKey, rich, t } from "../../src/platform/i18n";

const SOURCE = join(import.meta.dirname, "../../src");
const CODE = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => readFileSync(join(SOURCE, name), "utf8"))
  .join("\n");

/** Keys with a computed part, such as `own_key.error.${code}.title`, as patterns. */
const COMPUTED = Array.from(
  CODE.matchAll(/`((?:[\w.]|\$\{[^}]+\})+)`/g),
  ([, key = ""]) => new RegExp(`^${key.replaceAll(".", "\\.").replaceAll(/\$\{[^}]+\}/g, "[^.]+")}$`),
).filter(({ source }) => /^\^[a-z_]+\\\./.test(source));

afterEach(() => {
  language.value = { tag: "en", messages: english };
});

describe("the message catalogue", () => {
  it("has no unused message", () => {
    const unused = Object.keys(english).filter(
      (key) => !CODE.includes(`"${key}"`) && !COMPUTED.some((pattern) => pattern.test(key)),
    );
    expect(unused).toEqual([]);
  });

  it("holds the words of all attributes", () => {
    const literals = CODE.match(/\b(?:aria-label|title|placeholder|alt|label|action)="[^"]*"/g);
    expect(literals).toBeNull();
  });

  it("is valid ICU MessageFormat", () => {
    for (const key of Object.keys(english) as MessageKey[]) {
      expect(() => rich(key, {}), key).not.toThrow(SyntaxError);
    }
  });

  it("is sorted, so that two branches rarely add a key at the same place", () => {
    expect(Object.keys(english)).toEqual([...Object.keys(english)].sort());
  });
});

describe("t", () => {
  it("falls back to English for a message without a translation", () => {
    language.value = { tag: "de", messages: {} };
    expect(t("app.skip_to_content")).toBe(english["app.skip_to_content"]);
  });

  it("uses the active language", () => {
    language.value = { tag: "de", messages: { "app.skip_to_content": "Zum Inhalt" } };
    expect(t("app.skip_to_content")).toBe("Zum Inhalt");
  });
});
