import type { Post } from "../../platform/api/types";
import { formatAge } from "../../platform/browser/format";
import { now } from "../../platform/browser/online-viewport-clock";
import { type MessageKey, t } from "../../platform/i18n";
import { can } from "../../platform/state/session";
import { Icon, type IconName } from "../../ui/Icon";
import { UnreadNote } from "../../ui/UnreadNote";
import { nextStep } from "../composer/submission-status";

const STATE: Record<Post["state"], { icon: IconName; text: MessageKey }> = {
  pending: { icon: "clock", text: "posts.state.pending" },
  published: { icon: "check", text: "posts.state.published" },
  held: { icon: "pause", text: "posts.state.held" },
  rejected: { icon: "stop", text: "posts.state.rejected" },
  withdrawn: { icon: "close", text: "posts.state.withdrawn" },
};

/** State of a post with the reasons and the next step. */
export function PostStateNote({ post }: { post: Post }) {
  const { icon, text } = STATE[post.state];
  const next =
    post.decision && post.state === post.decision.outcome
      ? nextStep(post.decision, can("appeal_decision") && !post.decision.appealed_at)
      : "";
  const reasons = post.state === "published" ? [] : (post.decision?.reasons ?? []);
  return (
    <div class={`state-note ${post.state}`}>
      <p class="state-words">
        <Icon name={icon} size={16} /> {t(text)}
      </p>
      {reasons.map((reason) => (
        <p key={reason.rule} class="meta" dir="auto">
          {reason.message}
        </p>
      ))}
      <UnreadNote decision={post.decision} />
      {next && <p class="meta">{next}</p>}
      {post.decision?.appealed_at && (
        <p class="meta">
          {t("posts.state.appealed", { age: formatAge(post.decision.appealed_at, now.value) })}
        </p>
      )}
    </div>
  );
}
