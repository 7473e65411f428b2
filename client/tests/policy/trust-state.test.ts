import { beforeEach, expect, test } from "vitest";
import { belief, believe, believeAnew, replacedKey } from "../../src/policy/trust-state";
import type { TrustedKey } from "../../src/policy/trusted-keys";

const keyOf = (letter: string, first: TrustedKey["first"] = null): TrustedKey => ({
  public_key: letter.repeat(43),
  first,
});
const seen = { name: "default", version: 7, digest: "d", after: 3 };

function pageWith(...keys: TrustedKey[]): void {
  document.head.innerHTML = "";
  const meta = document.createElement("meta");
  meta.name = "ottit-policy-keys";
  meta.content = JSON.stringify(keys);
  document.head.append(meta);
}

beforeEach(() => localStorage.clear());

test("a page with the key that is known replaces nothing", async () => {
  pageWith(keyOf("a"));
  believe({ keys: [keyOf("a")], seen });
  expect(await replacedKey()).toBeNull();
});

test("a page with another key names both, and nothing is believed before somebody says so", async () => {
  pageWith(keyOf("b"));
  believe({ keys: [keyOf("a")], seen });
  const found = await replacedKey();
  expect(found?.known).toMatch(/^[0-9a-f]{16}$/);
  expect(found?.offered).not.toBe(found?.known);
  expect(belief().keys).toEqual([keyOf("a")]);
});

test("whoever accepts the new key begins anew: the old key and the old policy count no more", async () => {
  pageWith(keyOf("b"));
  believe({ keys: [keyOf("a")], seen });
  believeAnew();
  expect(belief()).toEqual({ keys: [keyOf("b")], seen: null });
  expect(await replacedKey()).toBeNull();
});
