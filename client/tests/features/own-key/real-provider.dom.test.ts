import { beforeAll, expect, test, vi } from "vitest";
import type { Provider } from "../../../src/features/own-key/provider-setup";
import type { Schema } from "../../../src/features/own-key/request-form";

/** A real server, and the question that the policy asks: `tests/providers` starts the one and writes the other. */
const SERVER = process.env.PROVIDER_ADDRESS;
const asked = JSON.parse(process.env.PROVIDER_QUESTION ?? "{}") as {
  prompt: { system: string; user: string };
  schema: Schema;
  key: string;
  scores: Record<string, number>;
  /** The same server, for the pages of another site only. */
  elsewhere: string;
};

let assess: typeof import("../../../src/features/own-key/provider-assessment").assessWithProvider;

beforeAll(async () => {
  if (!SERVER) return;
  const { allowOrigin } = await import("../../../src/features/own-key/provider-origins");
  allowOrigin(new URL(SERVER).origin);
  allowOrigin(new URL(asked.elsewhere).origin);
  vi.resetModules(); // as a reload of the page, which the permission takes
  assess = (await import("../../../src/features/own-key/provider-assessment")).assessWithProvider;
});

function look(changes: Partial<Provider> = {}, schema = asked.schema) {
  const baseUrl = changes.baseUrl ?? SERVER ?? "";
  const provider: Provider = {
    address: baseUrl,
    baseUrl,
    origin: new URL(baseUrl).origin,
    key: asked.key,
    model: "tiny",
    inputPrice: null,
    outputPrice: null,
    capTokens: 200_000,
    capMoney: null,
    ...changes,
  };
  return assess(provider, asked.prompt, schema, new AbortController().signal);
}

/** A busy machine may need longer than the client waits; the server remembers what it has read of the question. */
const PATIENT = { timeout: 150_000, retry: 3 };

test.skipIf(!SERVER)("a page of another origin gets the scores that the server gets", PATIENT, async () => {
  const { scores, usage } = await look();
  expect(scores).toEqual(asked.scores);
  expect(usage.input).toBeGreaterThan(asked.prompt.system.length);
  expect(usage.output).toBeGreaterThan(100);
});

test.skipIf(!SERVER)(
  "a wrong key and path and a server for other pages are told apart",
  PATIENT,
  async () => {
    await expect(look({ key: "sk-of-somebody-else" })).rejects.toMatchObject({ code: "unauthorized" });
    await expect(look({ key: "" })).rejects.toMatchObject({ code: "unauthorized" });
    await expect(look({ baseUrl: `${SERVER}/chat` })).rejects.toMatchObject({ code: "not_found" });
    // Only a real browser sends the probe that tells a refused page from a server that is not there.
    const isRefused = { code: expect.stringMatching(/^(cross_origin|unreachable)$/) };
    await expect(look({ baseUrl: asked.elsewhere })).rejects.toMatchObject(isRefused);
  },
);
