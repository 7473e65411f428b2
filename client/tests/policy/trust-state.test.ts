import { expect, test } from "vitest";
import { TrustStore } from "../../src/policy/trust-state";
import type { TrustedKey } from "../../src/policy/trusted-keys";

const keyOf = (letter: string, first: TrustedKey["first"] = null): TrustedKey => ({
  public_key: letter.repeat(43),
  first,
});
const seen = { name: "default", version: 7, digest: "d", after: 3 };

function trusting(...keys: TrustedKey[]): TrustStore {
  const entries = new Map<string, string>();
  const storage = {
    getItem: (name: string) => entries.get(name) ?? null,
    setItem: (name: string, value: string) => void entries.set(name, value),
  };
  return new TrustStore(storage, () => keys);
}

test("a page with the trusted key replaces nothing", async () => {
  const store = trusting(keyOf("a"));
  store.save({ keys: [keyOf("a")], seen });
  expect(await store.replacedKey()).toBeNull();
});

test("a page with another key names both, and the old key stays trusted until the user accepts the new one", async () => {
  const store = trusting(keyOf("b"));
  store.save({ keys: [keyOf("a")], seen });
  const found = await store.replacedKey();
  expect(found?.known).toMatch(/^[0-9a-f]{16}$/);
  expect(found?.offered).not.toBe(found?.known);
  expect(store.state().keys).toEqual([keyOf("a")]);
});

test("accepting the new key forgets the old key and the old policy", async () => {
  const store = trusting(keyOf("b"));
  store.save({ keys: [keyOf("a")], seen });
  store.trustPageKeys();
  expect(store.state()).toEqual({ keys: [keyOf("b")], seen: null });
  expect(await store.replacedKey()).toBeNull();
});

test("a browser that stores nothing keeps the state until the page closes", () => {
  const full = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  const store = new TrustStore({ getItem: () => null, setItem: full }, () => [keyOf("a")]);
  store.save({ keys: [keyOf("b")], seen });
  expect(store.state()).toEqual({ keys: [keyOf("b")], seen });
});
