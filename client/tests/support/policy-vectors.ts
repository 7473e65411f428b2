import { readFileSync } from "node:fs";

/**
 * A file of the vectors that Python and this client share. Not imported as JSON: the bundler cannot read half a
 * surrogate pair, which some of the texts have.
 */
export function policyVectors<Vectors>(name: string): Vectors {
  return JSON.parse(readFileSync(`../tests/contract/policy-vectors/${name}.json`, "utf8")) as Vectors;
}
