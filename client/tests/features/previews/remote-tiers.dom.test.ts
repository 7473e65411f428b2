import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { assessWithProvider } from "../../../src/features/own-key/provider-assessment";
import type { Preview } from "../../../src/features/previews/preview";
import { ownKeyTier, serverTier } from "../../../src/features/previews/remote-tiers";
import { policy } from "../../../src/platform/state/active-policy";
import type { PublicView } from "../../../src/policy/public-view";
import { json } from "../../support/fake-fetch";
import { policyVectors } from "../../support/policy-vectors";

const chosen = vi.hoisted(() => ({ baseUrl: "", model: "m" }));
vi.mock("../../../src/features/own-key/provider-assessment", () => ({ assessWithProvider: vi.fn() }));
vi.mock("../../../src/features/own-key/provider-setup", () => ({ provider: { peek: () => chosen } }));

const { view } = policyVectors<{ view: PublicView }>("default");
const calm = Object.fromEntries(view.categories.map(({ id }) => [id, 0]));
const CALM = "The second loaf had a better crust than the first one, and the crumb was open. ";
const HARM = "Everybody like you deserves to be thrown out of here. ";
const signal = new AbortController().signal;

/** The texts that the provider was asked about. */
let asked: string[];

beforeEach(() => {
  asked = [];
  policy.value = view;
  chosen.baseUrl = `https://ai.example/${expect.getState().currentTestName}`; // no answers of other tests
  vi.mocked(assessWithProvider).mockImplementation(async (_, { user }) => {
    asked.push(user);
    const isHarm = user.includes(HARM.trim());
    const usage = { input: 1, output: 1, isEstimate: false };
    return {
      scores: { ...calm, hate: isHarm ? 1 : 0 },
      rationale: isHarm ? "an attack" : "calm",
      usage: usage as never,
      tookMs: 5,
    };
  });
});
afterEach(() => {
  policy.value = null;
  vi.unstubAllGlobals();
});

async function look(body: string, title = ""): Promise<{ preview: Preview | null; partial: Preview[] }> {
  const partial: Preview[] = [];
  const subject = { community: "kitchen", title, body };
  const preview = await ownKeyTier.preview(subject, signal, (part) => partial.push(part));
  return { preview, partial };
}

test("a text that fits is one question, with its title", async () => {
  const { preview } = await look(CALM, "Two loaves");
  expect(asked).toHaveLength(1);
  expect(asked[0]).toContain("Two loaves");
  expect(preview).toMatchObject({ outcome: "published", remark: "calm", extent: { unread: 0 } });
});

test("a long text is asked about in parts, and the strongest is marked", async () => {
  const body = CALM.repeat(100) + HARM + CALM.repeat(100);
  const { preview, partial } = await look(body);
  expect(asked.length).toBeGreaterThan(2);
  expect(preview).toMatchObject({
    outcome: "rejected",
    remark: "an attack",
    extent: { read: body.length, unread: 0 },
  });
  const [mark] = preview?.reasons.find(({ category }) => category === "hate")?.spans ?? [];
  expect(body.slice(mark?.start, mark?.end)).toContain(HARM.trim());
  expect(mark?.end).toBeLessThan(body.length);
  expect(partial[0]).toMatchObject({ outcome: "published" });
  expect(partial[0]?.extent.unread).toBeGreaterThan(0);
});

test("an edit costs the part that it changes", async () => {
  const body = CALM.repeat(150);
  await look(body);
  asked.length = 0;
  await look(`${body}One more.`);
  expect(asked).toHaveLength(1);
});

test("the server check says what the server's models have read", async () => {
  const reading = { characters: 40, read: 30, unread: [{ start: 30, end: 40 }] };
  const answer = { outcome: "published", reasons: [], model: "", took_ms: 8, receipt: {}, reading };
  vi.stubGlobal("fetch", async () => json({ ...answer, policy: { digest: view.digest, version: 1 } }));
  const subject = { community: "kitchen", title: "", body: CALM };
  const preview = await serverTier.preview(subject, signal, () => undefined);
  expect(preview?.extent).toEqual({ read: 30, unread: 10 });
});
