import { signal } from "@preact/signals";
import { judges } from "../../platform/state/active-policy";
import { codePoints } from "../../policy/code-points";
import { ALL_LANGUAGES, type Unjudged, unjudged, without } from "../../policy/judged-languages";
import type { LanguageTable } from "../../policy/language-evidence";
import { ENGLISH, LanguageDetector } from "../../policy/languages";
import type { Languages, PublicView } from "../../policy/public-view";
import { judgedText, type Preview, type Subject } from "./preview";

/** The language detection, once its table (about 200 kB compressed) is on this device. */
export const languageDetector = signal<LanguageDetector | null>(null);

let loading: Promise<LanguageDetector | null> | undefined;

/** Loads the language detection once; null while it cannot be loaded. */
export async function loadLanguageDetector(): Promise<LanguageDetector | null> {
  loading ??= import("../../../../shared/policy/language_table.json").then(
    (table) => (languageDetector.value ??= new LanguageDetector(table.default as unknown as LanguageTable)),
    () => {
      loading = undefined; // the next text tries again
      return null;
    },
  );
  return await loading;
}

type Engine = "local" | "openai";
/** For a policy that names no languages. */
const DEFAULTS: Required<Pick<Languages, Engine>> = { local: [ENGLISH], openai: [ALL_LANGUAGES] };

/** Returns what an engine cannot judge in a text; null if it can judge everything, or before the table is here. */
export function unjudgedBy(engine: Engine, view: PublicView, text: string): Unjudged | null {
  const detector = languageDetector.value;
  return detector && unjudged(text, detector.passages(text), view.languages?.[engine] ?? DEFAULTS[engine]);
}

/** Returns what nothing will judge in a text on the server, as far as clients are told which engines it has. */
export function unjudgedByServer(view: PublicView, text: string): Unjudged | null {
  const models = judges.value.filter(({ engine }) => engine !== "rules");
  const hasLocal = models.length === 0 || models.some(({ engine }) => engine === "local");
  const byProvider = view.languages?.otherwise === "openai" || !hasLocal;
  return unjudgedBy(byProvider ? "openai" : "local", view, text);
}

/** Returns the subject with spaces instead of the passages that an engine does not judge. */
export function judgedPart(subject: Subject, found: Unjudged | null): Subject {
  if (!found) return subject;
  const { title, body } = subject;
  const chars = Array.from(without(judgedText(title, body), found.spans));
  if (!title || !body) return { ...subject, [title ? "title" : "body"]: chars.join("") };
  const length = codePoints(title);
  return { ...subject, title: chars.slice(0, length).join(""), body: chars.slice(length + 2).join("") };
}

/** Adds what nothing will judge to a preview, and the hold that follows from it under some policies. */
export function withUnjudged<P extends Pick<Preview, "outcome" | "reasons">>(
  view: PublicView,
  text: string,
  preview: P,
): P & Pick<Preview, "unjudged"> {
  const found = unjudgedByServer(view, text);
  if (!found?.substantial) return preview;
  const marked = { ...preview, unjudged: found };
  const { otherwise = "publish_unjudged", message = "" } = view.languages ?? {};
  if (otherwise === "publish_unjudged") return marked;
  const reason = { rule: "check.language", category: "check", message, spans: found.spans };
  const outcome = preview.outcome === "published" ? ("held" as const) : preview.outcome;
  return { ...marked, outcome, reasons: [...preview.reasons, reason] };
}
