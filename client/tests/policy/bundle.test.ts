import { describe, expect, it } from "vitest";
import { verifyBundle } from "../../src/policy/bundle";
import { BundleRefused } from "../../src/policy/refusal";
import type { TrustState } from "../../src/policy/trust-state";
import { policyVectors } from "../support/policy-vectors";

interface Case {
  trust: TrustState;
  answer: unknown;
  says: string;
}

const { cases: vectors } = policyVectors<{ cases: Record<string, Case> }>("bundles");
const cases = Object.entries(vectors);

async function said({ trust, answer }: Case): Promise<string> {
  try {
    await verifyBundle(answer, trust);
    return "accepted";
  } catch (error) {
    if (error instanceof BundleRefused) return error.reason;
    throw error;
  }
}

describe("a policy that arrives", () => {
  it.each(cases)("%s", async (_, vector) => {
    expect(await said(vector)).toBe(vector.says);
  });

  it("is remembered, so that an older one is refused afterwards", async () => {
    const [first, newer] = [named("the first visit"), named("a newer version")];
    const accepted = await verifyBundle(newer.answer, first.trust);
    expect(await said({ ...first, trust: accepted.trust })).toBe("older");
  });

  it("brings the keys that its notes introduce, which are trusted from then on", async () => {
    const introduced = named("a new key with a note of the old one");
    const { trust } = await verifyBundle(introduced.answer, introduced.trust);
    expect(trust.keys).toHaveLength(2);
    expect(await said({ ...named("a new key without a note"), trust })).toBe("accepted");
    expect(await said({ ...named("the old key for a new version"), trust })).toBe("unknown_key");
  });

  it("is refused in words, whatever the reason", () => {
    const reasons = new Set(cases.map(([, { says }]) => says).filter((says) => says !== "accepted"));
    expect(reasons).toEqual(new Set(["forged", "unknown_key", "older", "damaged", "other_release"]));
    for (const reason of reasons) {
      expect(new BundleRefused(reason as BundleRefused["reason"]).words).toMatch(/not used|Reload/);
    }
  });
});

function named(name: string): Case {
  const found = cases.find(([known]) => known === name);
  if (!found) throw new Error(`there is no case ${name}`);
  return found[1];
}
