import { describe, expect, it } from "vitest";
import { BundleRefused } from "../../src/policy/bundle-refused";
import type { TrustState } from "../../src/policy/trust-state";
import { verifyBundle } from "../../src/policy/verify-bundle";
import { policyVectors } from "../support/policy-vectors";

interface Case {
  trust: TrustState;
  answer: unknown;
  says: string;
}

const { cases: vectors } = policyVectors<{ cases: Record<string, Case> }>("bundles");
const cases = Object.entries(vectors);

async function resultOf({ trust, answer }: Case): Promise<string> {
  try {
    await verifyBundle(answer, trust);
    return "accepted";
  } catch (error) {
    if (error instanceof BundleRefused) return error.reason;
    throw error;
  }
}

describe("a policy from the server", () => {
  it.each(cases)("%s", async (_, vector) => {
    expect(await resultOf(vector)).toBe(vector.says);
  });

  it("is remembered, so that an older one is refused afterwards", async () => {
    const [first, newer] = [named("the first visit"), named("a newer version")];
    const accepted = await verifyBundle(newer.answer, first.trust);
    expect(await resultOf({ ...first, trust: accepted.trust })).toBe("older");
  });

  it("adds the keys that its notes introduce", async () => {
    const introduced = named("a new key with a note of the old one");
    const { trust } = await verifyBundle(introduced.answer, introduced.trust);
    expect(trust.keys).toHaveLength(2);
    expect(await resultOf({ ...named("a new key without a note"), trust })).toBe("accepted");
    expect(await resultOf({ ...named("the old key for a new version"), trust })).toBe("unknown_key");
  });

  it("is refused for each reason that a server can cause", () => {
    const reasons = new Set(cases.map(([, { says }]) => says).filter((says) => says !== "accepted"));
    expect(reasons).toEqual(new Set(["forged", "unknown_key", "older", "damaged", "other_release"]));
  });
});

function named(name: string): Case {
  const found = cases.find(([known]) => known === name);
  if (!found) throw new Error(`there is no case ${name}`);
  return found[1];
}
