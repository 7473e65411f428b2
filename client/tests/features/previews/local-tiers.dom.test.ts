import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Reading, ReadingRequest, Scores } from "../../../src/device/model-worker-client";
import { deviceTier } from "../../../src/features/previews/local-tiers";
import type { Preview } from "../../../src/features/previews/preview";
import { policy } from "../../../src/platform/state/active-policy";
import { deviceModel } from "../../../src/platform/state/device-model-singleton";
import type { PublicView } from "../../../src/policy/public-view";
import { MOST_COST } from "../../../src/policy/windows";
import { policyVectors } from "../../support/policy-vectors";

const { view } = policyVectors<{ view: PublicView }>("default");
const CALM = "The second loaf had a better crust than the first one, and the crumb was open. ".repeat(12);
const HARM = "Everybody like you deserves to be thrown out of here.";
const subject = { community: "kitchen", title: "Two loaves", body: `${CALM}${HARM} ${CALM}` };
const text = `Two loaves\n\n${subject.body}`;
const signal = new AbortController().signal;

let requests: ReadingRequest[];
/** Number of windows that the model has time for. */
let readable: number;

/** A model to which one sentence is hate, the less the longer the text around it is. */
function scoresOf(forms: readonly string[]): Scores {
  const hate = Math.max(
    0,
    ...forms.map((form) => (form.includes("thrown out") ? 1 - form.length / 2000 : 0)),
  );
  return { ...Object.fromEntries(view.categories.map(({ id }) => [id, 0])), hate, any_harm: hate };
}

beforeEach(() => {
  requests = [];
  readable = Number.POSITIVE_INFINITY;
  policy.value = view;
  vi.spyOn(deviceModel, "read").mockImplementation(async (request, options) => {
    requests.push(request);
    const scores = request.windows.map((forms, place) => (place < readable ? scoresOf(forms) : null));
    const half = scores.map((one, place) => (place < scores.length / 2 ? one : null));
    options?.onProgress?.({ scores: half, modelSha: "sha" });
    const reading: Reading = { vector: new Float32Array(1), scores, tookMs: 1 };
    return { ...reading, modelSha: "sha" };
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  policy.value = null;
});

async function look(): Promise<{ preview: Preview | null; partial: Preview[] }> {
  const partial: Preview[] = [];
  const preview = await deviceTier(() => undefined).preview(subject, signal, (part) => partial.push(part));
  return { preview, partial };
}

test("harm in the middle of a long text is found, and its window is marked", async () => {
  const { preview } = await look();
  const [reason] = preview?.reasons ?? [];
  expect([preview?.outcome, reason?.rule]).toEqual(["rejected", "score.hate"]);
  const marked = Array.from(text).slice(reason?.spans?.[0]?.start, reason?.spans?.[0]?.end);
  expect(marked.join("")).toContain(HARM);
  expect(marked.length).toBeLessThanOrEqual(MOST_COST);
  expect(preview?.extent).toEqual({ read: text.length, unread: 0 });
});

test("every character and the whole title are in a window, and nothing is longer than a passage", async () => {
  await look();
  const [request] = requests;
  expect(request?.windows).toContainEqual(["Two loaves"]);
  expect(request?.windows.flat().join(" ")).toContain(HARM);
  expect(Math.max(...(request?.windows.flat().map(({ length }) => length) ?? []))).toBeLessThan(500);
});

test("what the model had no time for is counted, and so it is while it reads", async () => {
  readable = 5;
  const { preview, partial } = await look();
  expect(preview?.outcome).toBe("published");
  expect(preview?.extent.unread).toBeGreaterThan(1000);
  const [first] = partial;
  expect((first?.extent.read ?? 0) + (first?.extent.unread ?? 0)).toBe(text.length);
  expect(first?.extent.unread).toBeGreaterThan(0);
  expect(first?.model).toBe("sha");
});

test("a short answer is also read with what it answers, whose own harm does not count", async () => {
  const answer = (answered: string) => ({
    ...{ community: "kitchen", title: "", body: "Take a match." },
    answered: { id: "a", text: answered },
  });
  const preview = async (answered: string) =>
    deviceTier(() => undefined).preview(answer(answered), signal, () => undefined);
  const scoresOf = (form: string) => ({
    violence: form.includes("barn") ? (form.includes("match") ? 0.99 : 0.4) : 0,
  });
  vi.spyOn(deviceModel, "read").mockImplementation(async ({ windows }) => {
    const scores = windows.map(([form]) => scoresOf(form ?? "") as unknown as Scores);
    return { vector: new Float32Array(1), scores, tookMs: 1, modelSha: "sha" };
  });
  expect((await preview("What shall we do with his barn?"))?.outcome).not.toBe("published");
  expect((await preview("What is this on the shelf?"))?.outcome).toBe("published");
  expect((await preview("A match for the barn!"))?.outcome).toBe("published");
});

test("characters outside the basic plane count once", async () => {
  readable = 0;
  const one = { ...subject, title: "", body: "🔪🔪🔪 and thirty more letters here." };
  const preview = await deviceTier(() => undefined).preview(one, signal, () => undefined);
  expect(preview?.extent).toEqual({ read: 0, unread: Array.from(one.body).length });
});

test("a text that the model cannot read has no vector to find similar posts by", async () => {
  const found: string[] = [];
  const tier = deviceTier((key) => found.push(key));
  for (const body of ["ปลูกมะเขือเทศที่ระเบียง", "Tomatoes on the balcony"])
    await tier.preview({ community: "garden", title: "", body }, signal, () => undefined);
  expect(found).toHaveLength(1);
});
