import type { QueueItem, Reason } from "../../platform/api/types";
import { formatList, formatNumber } from "../../platform/browser/format";
import { type MessageKey, t } from "../../platform/i18n";

/** The rule of a reason that marks what nobody has read; see `_unread_ground` in the server's decision. */
export const UNREAD = "check.unread";
/** Scores below this are summarized, not listed. */
const LISTED_FROM = 0.01;

/** The reason why a post is in the queue. */
export function queueReason({ post, reasons, failure, appeal, reports }: QueueItem): string {
  if (post.state === "published" && post.decision?.unjudged && !reports) return t("review.why.unjudged");
  if (post.state === "published") {
    const [count, fresh] = [reports?.count ?? 0, reports?.from_new_accounts ?? 0];
    return fresh ? t("review.why.reported_by_new", { count, fresh }) : t("review.why.reported", { count });
  }
  if (post.state === "held" && appeal) return t("review.why.held_appeal");
  if (post.state === "rejected") return t("review.why.rejected_appeal");
  // `local`: another engine gave no scores, and the server's own model decided instead.
  if (post.decision?.failure_mode && post.decision.failure_mode !== "local") {
    return failure ? t("review.why.check_failed_with", { failure }) : t("review.why.check_failed");
  }
  if (post.decision?.decided_by === "person") return t("review.why.moderator");
  if (reasons.length > 0 && reasons.every(({ rule }) => rule === UNREAD)) return t("review.why.unread");
  const byRule = reasons.some(({ rule }) => !rule.startsWith("score."));
  const byModel = reasons.some(({ rule }) => rule.startsWith("score."));
  if (byRule && byModel) return t("review.why.rule_and_model");
  return t(byModel ? "review.why.model" : "review.why.rule");
}

/** The reasons whose passages to mark, with one for what no model has read, also if it held nothing. */
export function markedReasons({ reasons, post }: QueueItem): Reason[] {
  const unread = post.decision?.reading?.unread ?? [];
  if (unread.length === 0) return reasons;
  const known = reasons.filter(({ rule }) => rule !== UNREAD);
  return [...known, { rule: UNREAD, category: "check", message: t("review.text.unread"), spans: unread }];
}

/** Reasons to offer for a rejection: the messages of the rules, without repeats. */
export function suggestedReasons(reasons: readonly Reason[]): string[] {
  const fromRules = reasons.filter(({ rule }) => !["person", "check.failed", UNREAD].includes(rule));
  return [...new Set(fromRules.map(({ message }) => message))];
}

const CATEGORIES: Readonly<Record<string, MessageKey>> = {
  any_harm: "review.category.any_harm",
  harassment: "review.category.harassment",
  hate: "review.category.hate",
  self_harm: "review.category.self_harm",
  self_harm_encouragement: "review.category.self_harm_encouragement",
  sexual: "review.category.sexual",
  sexual_minors: "review.category.sexual_minors",
  spam: "review.category.spam",
  violence: "review.category.violence",
};

/** The model's scores by category, highest first; scores near zero are summarized. */
export function scoreSummary(scores: Record<string, number>): string {
  const all = Object.entries(scores).toSorted(([, a], [, b]) => b - a);
  const listed = all.filter(([, score]) => score >= LISTED_FROM);
  const limit = formatNumber(LISTED_FROM, 2);
  if (all.length === 0) return "";
  if (listed.length === 0) return t("review.scores.all_below", { limit });
  const texts = listed.map(([name, score]) =>
    t("review.score", { category: categoryName(name), score: formatNumber(score, 2) }),
  );
  if (listed.length < all.length) texts.push(t("review.scores.others_below", { limit }));
  return formatList(texts);
}

/** The name of a category. Operators can add categories, which keep their ids. */
function categoryName(id: string): string {
  const key = CATEGORIES[id];
  return key ? t(key) : id;
}
