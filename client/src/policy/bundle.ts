import { isProblem } from "../api/api";
import { readPolicy } from "../api/reads";
import { belief, believe } from "./belief";
import { checked } from "./check";
import type { PublicView } from "./public-view";
import { BundleRefused } from "./refusal";

/**
 * The policy in force, as far as it is public, after every check. The browser keeps the answer and asks only whether
 * it is still current; what is kept is checked again.
 *
 * @throws BundleRefused for a policy that must not be used: stripped, forged, older, or for another page
 * @throws ApiProblem where the server does not answer
 */
export async function loadBundle(): Promise<PublicView> {
  const answer = await readPolicy().catch((error: unknown) => {
    throw isProblem(error, "unreadable") ? new BundleRefused("damaged") : error;
  });
  const before = belief();
  if (before.keys.length === 0) throw new BundleRefused("no_keys");
  const accepted = await checked(answer, before);
  believe(accepted.belief);
  return accepted.view;
}
