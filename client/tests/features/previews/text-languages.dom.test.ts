import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ReadingRequest } from "../../../src/device/model-worker-client";
import { previewStatus } from "../../../src/features/composer/preview-status";
import * as assessment from "../../../src/features/own-key/provider-assessment";
import { changeSetup, removeSetup } from "../../../src/features/own-key/provider-setup";
import { deviceTier, rulesPreviewer } from "../../../src/features/previews/local-tiers";
import type { Preview, Subject } from "../../../src/features/previews/preview";
import { ownKeyTier } from "../../../src/features/previews/remote-tiers";
import { loadLanguageDetector } from "../../../src/features/previews/text-languages";
import { policy } from "../../../src/platform/state/active-policy";
import { deviceModel } from "../../../src/platform/state/device-model-singleton";
import type { PublicView } from "../../../src/policy/public-view";
import { policyVectors } from "../../support/policy-vectors";

interface Case {
  text: string;
  unjudged: { whole: boolean; languages: string[] } | null;
}

const { view } = policyVectors<{ view: PublicView }>("default");
const foreign = languageCases()
  .filter((one) => one.unjudged?.whole)
  .filter((_, number) => number % 3 === 0);
const signal = new AbortController().signal;
const GERMAN = "Ich weiß, wo du wohnst, und ich komme heute Nacht.";
let requests: ReadingRequest[];

/** The texts of the contract vectors, and what is unjudged in them. */
function languageCases(): Case[] {
  return policyVectors<{ cases: Case[] }>("../language-vectors").cases;
}

const subjectOf = (body: string, title = ""): Subject => ({ community: "kitchen", title, body });

beforeEach(async () => {
  requests = [];
  policy.value = view;
  await loadLanguageDetector();
  // A model that finds everything harmful.
  vi.spyOn(deviceModel, "read").mockImplementation(async (request) => {
    requests.push(request);
    const worst = Object.fromEntries([...view.categories.map(({ id }) => [id, 1]), ["any_harm", 1]]);
    const scores = request.windows.map((forms) => (forms.length > 0 ? worst : {}));
    return { vector: new Float32Array(1), scores, tookMs: 1, modelSha: "sha" };
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  policy.value = null;
  removeSetup();
});

const onDevice = (subject: Subject) => deviceTier(() => undefined).preview(subject, signal, () => undefined);

test("the device scores no text in another language", async () => {
  expect(foreign.length).toBeGreaterThan(50);
  for (const { text, unjudged } of foreign) {
    const preview = await onDevice(subjectOf(text));
    expect([preview?.outcome, preview?.bands], text).toEqual([rulesOutcome(text), {}]);
    expect(preview?.unjudged?.languages).toEqual(unjudged?.languages);
  }
  expect(requests.flatMap(({ windows }) => windows.flat())).toEqual([]);
});

function rulesOutcome(text: string) {
  return rulesPreviewer.value(subjectOf(text))?.outcome;
}

test("the device scores only the part in English", async () => {
  const english = "I met them at the station this morning, and it was fine.";
  const preview = await onDevice(subjectOf(`${english} ${GERMAN}`, "A walk in town"));
  expect(requests.flatMap(({ windows }) => windows.flat()).join(" ")).not.toContain("wohnst");
  expect(preview?.bands.hate).toBe(9);
  expect(preview?.unjudged?.languages).toEqual(["de"]);
});

test("the own provider is not asked about a language that the policy's provider does not judge", async () => {
  const ask = vi
    .spyOn(assessment, "assessWithProvider")
    .mockResolvedValue({ scores: {}, rationale: "", tookMs: 1 } as never);
  changeSetup({ address: `${window.location.origin}/v1`, model: "m" });
  const preview = (languages: PublicView["languages"]) => {
    policy.value = { ...view, ...(languages ? { languages } : {}) };
    return ownKeyTier.preview(subjectOf(GERMAN), signal, () => undefined);
  };
  expect(await preview({ openai: ["fr"] })).toBeNull();
  expect(ask).not.toHaveBeenCalled();
  expect(await preview({ openai: ["*"] })).not.toBeNull();
  expect(ask).toHaveBeenCalledTimes(1);
});

test("authors read that nobody checks their language, and what follows", () => {
  const status = (one: Preview | null) =>
    previewStatus({ preview: one, stricter: null, running: [], problem: "" }, true);
  const preview = rulesPreviewer.value(subjectOf("昨日、あなたのレシピでパンを焼きました。"));
  expect(status(preview).headline).toBe("Nobody checks Japanese here");
  expect(status(preview).notes[0]).toBe("Moderators see it after it is public.");
  policy.value = { ...view, languages: { otherwise: "hold", message: "A person looks at it first." } };
  const held = rulesPreviewer.value(subjectOf(GERMAN));
  expect([held?.outcome, held?.reasons.at(-1)?.message]).toEqual(["held", "A person looks at it first."]);
  policy.value = { ...view, languages: { otherwise: "openai" } };
  expect(rulesPreviewer.value(subjectOf(GERMAN))?.unjudged).toBeUndefined();
});
