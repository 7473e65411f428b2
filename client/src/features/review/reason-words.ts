import type { QueueItem, Reason } from "../../platform/api/types";

/** A score below this reads as nothing. */
const FAINT = 0.01;

/** Who stopped it, in a few words. */
export function heldBecause({ post, reasons, failure, appeal, reports }: QueueItem): string {
  if (post.state === "published") return reportedBy(reports?.count ?? 0);
  if (post.state === "held" && appeal) return "Held, and its author asks again";
  if (post.state === "rejected") return "Not published, and its author asks again";
  // `local`: another engine gave no scores, and the server's own model judged in its place.
  if (post.decision?.failure_mode && post.decision.failure_mode !== "local") {
    return `Held: a check did not answer${failure ? ` (${failure.replaceAll("_", " ")})` : ""}`;
  }
  if (post.decision?.decided_by === "person") return "Held by a moderator";
  const byRule = reasons.some(({ rule }) => !rule.startsWith("score."));
  const byModel = reasons.some(({ rule }) => rule.startsWith("score."));
  if (byRule && byModel) return "Held by a rule and the model";
  return byModel ? "Held by the model" : "Held by a rule";
}

function reportedBy(count: number): string {
  return count === 1
    ? "Published, and reported by one reader"
    : `Published, and reported by ${count} readers`;
}

/** What may be said to the author: the words that the rules have for it, each once. */
export function suggestions(reasons: readonly Reason[]): string[] {
  const sayable = reasons.filter(({ rule }) => rule !== "person" && rule !== "check.failed");
  return [...new Set(sayable.map(({ message }) => message))];
}

/** The scores in words, the highest first; what is next to nothing is summed up. */
export function scoreWords(scores: Record<string, number>): string {
  const all = Object.entries(scores).toSorted(([, a], [, b]) => b - a);
  const shown = all.filter(([, score]) => score >= FAINT);
  if (all.length === 0) return "";
  if (shown.length === 0) return `all below ${FAINT}`;
  const words = shown.map(([name, score]) => `${name.replaceAll("_", " ")} ${score.toFixed(2)}`);
  if (shown.length < all.length) words.push(`the others below ${FAINT}`);
  return words.join(" · ");
}
