import type { Post } from "../../platform/api/types";
import { formatAge } from "../../platform/browser/format";
import { now } from "../../platform/browser/signals";
import { can } from "../../platform/state/session";
import { Icon, type IconName } from "../../ui/Icon";
import { nextStep } from "../composer/submission-status";

const STATE: Record<Post["state"], { icon: IconName; words: string }> = {
  pending: { icon: "clock", words: "Waiting for the server’s decision" },
  published: { icon: "check", words: "Published" },
  held: { icon: "pause", words: "Held for a person" },
  rejected: { icon: "stop", words: "Not published" },
  withdrawn: { icon: "close", words: "Withdrawn" },
};

/** State of a post in words, with the reason and what happens next. */
export function PostStateNote({ post }: { post: Post }) {
  const { icon, words } = STATE[post.state];
  const next =
    post.decision && post.state === post.decision.outcome
      ? nextStep(post.decision, can("appeal_decision") && !post.decision.appealed_at)
      : "";
  const reasons = post.state === "published" ? [] : (post.decision?.reasons ?? []);
  return (
    <div class={`state-note ${post.state}`}>
      <p class="state-words">
        <Icon name={icon} size={16} /> {words}
      </p>
      {reasons.map((reason) => (
        <p key={reason.rule} class="meta">
          {reason.message}
        </p>
      ))}
      {next && <p class="meta">{next}</p>}
      {post.decision?.appealed_at && (
        <p class="meta">
          You have appealed, {formatAge(post.decision.appealed_at, now.value)}. A person looks at it again.
        </p>
      )}
    </div>
  );
}
