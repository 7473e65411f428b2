import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  allowedOrigins,
  allowOrigin,
  disallowAllOrigins,
  isUnencrypted,
  parseAddress,
} from "../../../src/features/own-key/provider-origins";
import { answerWith, json } from "../../support/fake-fetch";

const KEY = "sk-proj-only-in-this-test";
const ORIGIN = "https://ai.example.com";

function storages(): string {
  return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]);
}

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  vi.resetModules();
});
afterEach(() => {
  disallowAllOrigins();
});

test.each([
  ["https://api.openai.com/v1", "https://api.openai.com", "https://api.openai.com/v1"],
  [" https://API.OpenAI.com/v1/ ", "https://api.openai.com", "https://api.openai.com/v1"],
  ["http://localhost:11434/v1", "http://localhost:11434", "http://localhost:11434/v1"],
  ["http://127.0.0.1:1234", "http://127.0.0.1:1234", "http://127.0.0.1:1234"],
])("%s is a valid address", (typed, origin, baseUrl) => {
  expect(parseAddress(typed)).toEqual({ origin, baseUrl });
});

test.each([
  "",
  "openai",
  "http://example.com/v1",
  "https://user:secret@example.com/v1",
  "https://example.com/v1?key=1",
  "https://example.com/#x",
  "ftp://example.com",
  "https://*.example.com",
  "https://example",
  "javascript:alert(1)",
])("%j is not a valid address", (typed) => {
  expect(parseAddress(typed)).toBeNull();
});

const vectors = JSON.parse(readFileSync("../tests/contract/provider-origins.json", "utf8")) as {
  allowed: string[];
  refused: string[];
};

test.each(vectors.allowed)("%s may be allowed", (origin) => {
  expect(parseAddress(`${origin}/v1`)?.baseUrl).toBe(`${origin.replace(/:80$/, "")}/v1`);
});

test("an origin that the gateway refuses is not offered", () => {
  for (const origin of vectors.refused) {
    const offered = parseAddress(origin)?.origin;
    if (offered !== undefined) expect(vectors.refused, origin).not.toContain(offered);
  }
});

test("a server in the local network is reached without encryption, one on this computer is not in danger", () => {
  const unencrypted = vectors.allowed.filter((origin) => {
    const address = parseAddress(origin);
    return address !== null && isUnencrypted(address);
  });
  expect(unencrypted.every((origin) => origin.startsWith("http://"))).toBe(true);
  expect(unencrypted).toContain("http://192.168.1.20:11434");
  expect(unencrypted).not.toContain("http://localhost:11434");
});

test("origins are allowed one by one up to a limit, and removed together", () => {
  for (const number of [1, 2, 3, 4, 5]) allowOrigin(`https://p${number}.example.com`);
  expect(allowedOrigins()).toEqual([2, 3, 4, 5].map((number) => `https://p${number}.example.com`));
  disallowAllOrigins();
  expect(allowedOrigins()).toEqual([]);
});

test("over HTTPS the cookie has the prefix that binds it to this host", async () => {
  const before = window.location.href;
  const set = vi.spyOn(document, "cookie", "set");
  for (const [address, cookie] of [
    ["https://site.example/", /^__Host-ottit_providers=[^;]+; Path=\/; Secure; SameSite=Strict/],
    ["http://localhost/", /^ottit_providers=[^;]+; Path=\/; SameSite=Strict/],
  ] as const) {
    (window as unknown as { happyDOM: { setURL: (url: string) => void } }).happyDOM.setURL(address);
    vi.resetModules();
    const origins = await import("../../../src/features/own-key/provider-origins");
    origins.allowOrigin("https://ai.example.com");
    expect(set.mock.lastCall?.[0]).toMatch(cookie);
  }
  (window as unknown as { happyDOM: { setURL: (url: string) => void } }).happyDOM.setURL(before);
  set.mockRestore();
});

test("a key is in memory only by default", async () => {
  const own = await import("../../../src/features/own-key/provider-setup");
  own.setKey({ key: KEY, origin: ORIGIN }, "memory");
  expect(own.keyFor(ORIGIN)).toBe(KEY);
  expect(storages()).not.toContain(KEY);
});

test.each([
  ["session", () => sessionStorage, () => localStorage],
  ["device", () => localStorage, () => sessionStorage],
] as const)(
  "kept for the %s it is in that one place, and gone from it when it is forgotten",
  async (where, place, other) => {
    const own = await import("../../../src/features/own-key/provider-setup");
    own.setKey({ key: KEY, origin: ORIGIN }, where);
    expect(JSON.stringify({ ...place() })).toContain(KEY);
    expect(JSON.stringify({ ...other() })).not.toContain(KEY);
    vi.resetModules();
    const later = await import("../../../src/features/own-key/provider-setup");
    expect([later.keyFor(ORIGIN), later.keyRetention.value]).toEqual([KEY, where]);
    later.forgetKey();
    expect(storages()).not.toContain(KEY);
  },
);

test("a key that is now kept in memory is removed from storage", async () => {
  const own = await import("../../../src/features/own-key/provider-setup");
  own.setKey({ key: KEY, origin: ORIGIN }, "device");
  own.setKey({ key: KEY, origin: ORIGIN }, "memory");
  expect(storages()).not.toContain(KEY);
});

test.each([
  ["memory", false],
  ["session", false],
  ["device", true],
] as const)(
  "a key that was not kept on the device is forgotten when its user leaves: %s",
  async (retention, stays) => {
    const own = await import("../../../src/features/own-key/provider-setup");
    const session = await import("../../../src/platform/state/session");
    const me = { user: { id: "u1", handle: "plum", roles: [] }, csrf_token: "" };
    answerWith(json(me, 201), json({ items: [] }), json({}), json({ items: [] }));
    await session.signIn("plum", "a long pass phrase");
    own.setKey({ key: KEY, origin: ORIGIN }, retention);
    await session.signOut();
    expect([own.hasKey(), storages().includes(KEY)]).toEqual([stays, stays]);
    vi.unstubAllGlobals();
  },
);

test("a key is used only for the provider that it was entered for", async () => {
  const own = await import("../../../src/features/own-key/provider-setup");
  const { changeSetup, provider } = await import("../../../src/features/own-key/provider-setup");
  const here = window.location.origin; // the one origin that is always open
  changeSetup({ address: `${here}/v1`, model: "small" });
  own.setKey({ key: KEY, origin: ORIGIN }, "memory");
  expect(provider.value?.key ?? "").toBe("");
  own.setKey({ key: KEY, origin: here }, "memory");
  expect(provider.value?.key).toBe(KEY);
});

test("a damaged stored setup is read as empty", async () => {
  localStorage.setItem("ottit.ownkey.setup", "{");
  const { setup, provider } = await import("../../../src/features/own-key/provider-setup");
  expect(setup.value.address).toBe("");
  expect(provider.value).toBeNull();
});
