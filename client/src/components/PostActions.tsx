import { useSignal } from "@preact/signals";
import { appealDecision, reportPost } from "../api/posts";
import type { Post } from "../api/types";
import { can } from "../session/capabilities";
import { user } from "../session/session";
import { ReasonForm } from "./ReasonForm";
import { WithdrawButton } from "./WithdrawButton";

/** What this person may do with this post; what they may not is not shown. */
export function PostActions({ post }: { post: Post }) {
  const asking = useSignal<"report" | "appeal" | null>(null);
  const own = user.value?.id === post.author.id;
  const refused = (post.state === "held" || post.state === "rejected") && !post.decision?.appealed_at;
  const canAppeal = own && can("appeal_decision") && refused;
  const canReport = !own && post.state === "published" && can("report_post");
  const ask = (what: "report" | "appeal") => () => {
    asking.value = asking.value === what ? null : what;
  };
  return (
    <>
      <a class="quiet-button" href={`/p/${post.id}/timeline`}>
        Timeline
      </a>
      {own && can("edit_post") && post.state !== "withdrawn" && (
        <a class="quiet-button" href={`/p/${post.id}/edit`}>
          Edit
        </a>
      )}
      {own && can("withdraw_post") && post.state !== "withdrawn" && <WithdrawButton post={post} />}
      {canAppeal && <ActionButton label="Appeal" onClick={ask("appeal")} />}
      {canReport && <ActionButton label="Report" onClick={ask("report")} />}
      {asking.value === "appeal" && (
        <ReasonForm label="Why should it be published?" send={(reason) => appealDecision(post.id, reason)} />
      )}
      {asking.value === "report" && (
        <ReasonForm label="What should a moderator know?" send={(reason) => reportPost(post.id, reason)} />
      )}
    </>
  );
}

function ActionButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button type="button" class="quiet-button" onClick={onClick}>
      {label}
    </button>
  );
}
