import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { askProvider } from "../../../src/features/own-key/ask-provider";
import { dailySpend, recordUsage, refreshSpend } from "../../../src/features/own-key/daily-spend";
import { assessWithProvider } from "../../../src/features/own-key/provider-assessment";
import {
  describeProviderError,
  ProviderError,
  type ProviderErrorCode,
} from "../../../src/features/own-key/provider-error";
import type { Provider } from "../../../src/features/own-key/provider-setup";
import type { Schema } from "../../../src/features/own-key/request-form";
import { answerWith, headersOf, json } from "../../support/fake-fetch";

const origin = window.location.origin; // the one origin that is always open
const provider: Provider = {
  address: `${origin}/ai/v1`,
  baseUrl: `${origin}/ai/v1`,
  origin,
  key: "sk-canary",
  model: "small",
  inputPrice: 1,
  outputPrice: 4,
  capTokens: 1000,
  capMoney: null,
};
const probability = { type: "number", minimum: 0, maximum: 1 } as const;
const schema: Schema = {
  type: "object",
  properties: {
    scores: {
      type: "object",
      properties: { hate: probability, spam: probability },
      required: ["hate", "spam"],
      additionalProperties: false,
    },
    rationale: { type: "string" },
  },
  required: ["scores", "rationale"],
  additionalProperties: false,
};
const prompt = { system: "You assess.", user: "<post>hello</post>" };
const fine = { scores: { hate: 0.01, spam: 0.9 }, rationale: "It advertises." };

function completion(content: unknown, extra: object = {}): Response {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  const usage = { prompt_tokens: 100, completion_tokens: 20 };
  return json({ choices: [{ message: { content: text }, finish_reason: "stop" }], usage, ...extra });
}

function look(signal = new AbortController().signal) {
  return assessWithProvider(provider, prompt, schema, signal);
}

async function errorCodeFrom(work: Promise<unknown>): Promise<ProviderErrorCode> {
  const error = await work.then(
    () => undefined,
    (problem: unknown) => problem,
  );
  if (!(error instanceof ProviderError)) throw new Error(`not a problem of the provider: ${error}`);
  expect(describeProviderError(error).title.length).toBeGreaterThan(10);
  return error.code;
}

beforeEach(() => {
  localStorage.clear();
  refreshSpend();
});
afterEach(() => vi.unstubAllGlobals());

test("a request carries two headers, the prompt and the schema, and nothing else of the page", async () => {
  const sent = answerWith(completion(fine));
  expect((await look()).scores).toEqual(fine.scores);
  expect(sent[0]?.url).toBe(`${origin}/ai/v1/chat/completions`);
  expect(headersOf(sent[0])).toEqual({
    "Content-Type": "application/json",
    Authorization: "Bearer sk-canary",
  });
  expect(sent[0]?.init).toMatchObject({
    credentials: "omit",
    referrerPolicy: "no-referrer",
    redirect: "manual",
  });
  expect(JSON.parse(String(sent[0]?.init.body))).toEqual({
    model: "small",
    messages: [
      { role: "system", content: "You assess." },
      { role: "user", content: "<post>hello</post>" },
    ],
    response_format: { type: "json_schema", json_schema: { name: "assessment", strict: true, schema } },
  });
});

test("a server that takes no response format is asked in words", async () => {
  const other = { ...provider, model: "older" };
  const sent = answerWith(json({ error: { message: "no" } }, 400), json({}, 400), completion(fine));
  await assessWithProvider(other, prompt, schema, new AbortController().signal);
  const formats = sent.map(({ init }) => JSON.parse(String(init.body)).response_format?.type);
  expect(formats).toEqual(["json_schema", "json_object", undefined]);
});

test("a text that a working server refuses is not asked about in other words", async () => {
  const other = { ...provider, model: "working" };
  const sent = answerWith(completion(fine), json({ error: { message: "too long" } }, 400));
  await assessWithProvider(other, prompt, schema, new AbortController().signal);
  const again = assessWithProvider(other, prompt, schema, new AbortController().signal);
  expect(await errorCodeFrom(again)).toBe("not_understood");
  expect(sent).toHaveLength(2);
});

test("a server without schema support is asked for plain JSON from then on", async () => {
  const other = { ...provider, model: "old" };
  const sent = answerWith(json({ error: "response_format" }, 400), completion(fine), completion(fine));
  await assessWithProvider(other, prompt, schema, new AbortController().signal);
  await assessWithProvider(other, prompt, schema, new AbortController().signal);
  const forms = sent.map(({ init }) => JSON.parse(String(init.body)).response_format.type);
  expect(forms).toEqual(["json_schema", "json_object", "json_object"]);
  expect(String(sent[1]?.init.body)).toContain("The schema:");
});

function tooMuch(): ReadableStream<Uint8Array> {
  let left = 50;
  return new ReadableStream({
    pull: (stream) => {
      stream.enqueue(new Uint8Array(65_536).fill(32));
      left -= 1;
      if (left === 0) stream.close();
    },
  });
}

const MISBEHAVIOR: [what: string, answer: () => Response, code: ProviderErrorCode][] = [
  ["words instead of JSON", () => completion("This post is fine, publish it!"), "not_json"],
  ["an outcome instead of scores", () => completion({ outcome: "published" }), "wrong_shape"],
  ["a category too few", () => completion({ ...fine, scores: { hate: 0 } }), "wrong_shape"],
  ["a score above one", () => completion({ ...fine, scores: { hate: 1.01, spam: 0 } }), "wrong_shape"],
  ["a score below zero", () => completion({ ...fine, scores: { hate: -0.1, spam: 0 } }), "wrong_shape"],
  ["a score in words", () => completion({ ...fine, scores: { hate: "low", spam: 0 } }), "wrong_shape"],
  ["a score of null", () => completion({ ...fine, scores: { hate: null, spam: 0 } }), "wrong_shape"],
  ["no choices", () => json({ choices: [] }), "wrong_shape"],
  ["a page", () => new Response("<html>Welcome</html>"), "not_json"],
  ["nothing", () => new Response(""), "not_json"],
  ["three megabytes, piece by piece", () => new Response(tooMuch()), "not_json"],
  [
    "a score that is no number in JSON",
    () => completion('{"scores":{"hate":1e999,"spam":0},"rationale":""}'),
    "wrong_shape",
  ],
  ["a refusal", () => json({ choices: [{ message: { refusal: "I cannot", content: null } }] }), "refused"],
  [
    "half an answer",
    () => json({ choices: [{ message: { content: "{" }, finish_reason: "length" }] }),
    "cut_off",
  ],
  ["far too much", () => new Response(`{"choices":"${"x".repeat(300_000)}"}`), "not_json"],
  ["a wrong key", () => json({ error: {} }, 401), "unauthorized"],
  ["a key for something else", () => json({ error: {} }, 403), "forbidden"],
  ["an empty account", () => json({ error: {} }, 402), "no_money"],
  ["an unknown model", () => json({ error: {} }, 404), "not_found"],
  ["too many requests", () => json({ error: {} }, 429), "too_many"],
  ["a server that broke", () => new Response("oops", { status: 502 }), "server_error"],
];

test.each(MISBEHAVIOR)("%s is reported with its error code", async (_, answer, code) => {
  answerWith(answer());
  expect(await errorCodeFrom(look())).toBe(code);
});

test("what an answer has besides scores and rationale is ignored", async () => {
  answerWith(completion('{"scores":{"hate":0,"spam":0,"x":1},"outcome":"published","__proto__":{"x":1}}'));
  expect(await look()).toMatchObject({ scores: { hate: 0, spam: 0 }, rationale: "" });
});

test("a redirect is only followed to the same address with a slash", async () => {
  const redirect = () => Object.defineProperty(new Response(null), "type", { value: "opaqueredirect" });
  const sent = answerWith(redirect(), completion(fine));
  expect((await look()).scores).toEqual(fine.scores);
  expect(sent.map(({ url }) => url)).toEqual(
    ["", "/"].map((end) => `${origin}/ai/v1/chat/completions${end}`),
  );
  answerWith(redirect(), redirect());
  expect(await errorCodeFrom(look())).toBe("redirected");
});

test("a server without CORS is distinguished from an unreachable one", async () => {
  answerWith(new TypeError("Failed to fetch"), new Response(""));
  expect(await errorCodeFrom(look())).toBe("cross_origin");
  answerWith(new TypeError("Failed to fetch"), new TypeError("Failed to fetch"));
  expect(await errorCodeFrom(look())).toBe("unreachable");
});

test("a suggestion comes without the model's thoughts", async () => {
  answerWith(completion("<think>Shorter is better.</think>\n\nRipe tomatoes\n"));
  const reply = await askProvider(provider, prompt, new AbortController().signal);
  expect(reply.text).toBe("Ripe tomatoes");
});

test("the CORS probe carries neither key nor text", async () => {
  const sent = answerWith(new TypeError("Failed to fetch"), new Response(""));
  await errorCodeFrom(look());
  expect(sent[1]?.init).toMatchObject({ mode: "no-cors", credentials: "omit" });
  expect(sent[1]?.init.headers).toBeUndefined();
  expect(sent[1]?.init.body).toBeUndefined();
});

test("an address that the user has not allowed is not contacted", async () => {
  const sent = answerWith();
  const elsewhere = {
    ...provider,
    origin: "https://elsewhere.example",
    baseUrl: "https://elsewhere.example",
  };
  const work = askProvider(elsewhere, prompt, new AbortController().signal);
  expect(await errorCodeFrom(work)).toBe("not_allowed");
  expect(sent).toEqual([]);
});

test("an aborted request counts towards the spend", async () => {
  const abort = new AbortController();
  vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
    abort.abort();
    throw init.signal?.reason;
  });
  await expect(look(abort.signal)).rejects.toMatchObject({ name: "AbortError" });
  expect(dailySpend.value).toMatchObject({ requests: 1, estimated: true });
});

test("tokens and money are counted as the provider reports them", async () => {
  answerWith(completion(fine));
  await look();
  expect(dailySpend.value).toMatchObject({ requests: 1, input: 100, output: 20, estimated: false });
  expect(dailySpend.value.money).toBeCloseTo((100 * 1 + 20 * 4) / 1_000_000, 12);
});

test.each([
  [{ prompt_tokens: -5000, completion_tokens: 1 }],
  [{ prompt_tokens: "1", completion_tokens: 1 }],
  [{}],
  [null],
])("an implausible token count is replaced by an estimate: %j", async (usage) => {
  answerWith(completion(fine, { usage }));
  await look();
  expect(dailySpend.value.estimated).toBe(true);
  expect(dailySpend.value.input).toBeGreaterThan(50);
});

test("nothing is sent once the daily limit is reached", async () => {
  recordUsage({ input: 900, output: 100, estimated: false }, provider);
  const sent = answerWith();
  expect(await errorCodeFrom(look())).toBe("cap");
  expect(sent).toEqual([]);
});

test("a limit in money stops requests as well", async () => {
  const dear = { ...provider, capTokens: 10_000_000, capMoney: 0.5, inputPrice: 100 };
  recordUsage({ input: 5000, output: 0, estimated: false }, dear);
  answerWith();
  expect(await errorCodeFrom(assessWithProvider(dear, prompt, schema, new AbortController().signal))).toBe(
    "cap",
  );
});

test("a new day starts with no spend", () => {
  localStorage.setItem(
    "ottit.ownkey.spend",
    JSON.stringify({ day: "2020-01-01", requests: 9, input: 9, output: 9 }),
  );
  expect(refreshSpend()).toMatchObject({ requests: 0, input: 0, output: 0 });
});

test("a cost without a known price is reported as unknown", () => {
  recordUsage({ input: 10, output: 10, estimated: false }, { ...provider, inputPrice: null });
  expect(dailySpend.value).toMatchObject({ money: 0, unpriced: true });
});
