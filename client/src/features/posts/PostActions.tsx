import { useSignal } from "@preact/signals";
import { appealDecision, REASON_LIMIT, reportPost } from "../../platform/api/posts";
import type { Post } from "../../platform/api/types";
import { describeError } from "../../platform/state/notices";
import { can, user } from "../../platform/state/session";
import { useDisclosure } from "../../ui/Disclosure";
import { Icon } from "../../ui/Icon";
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

/** The rarer actions of a reply, behind one button, so that a thread stays quiet. */
export function CollapsedPostActions({ post }: { post: Post }) {
  const { open, button, panel } = useDisclosure();
  return (
    <>
      <button {...button} class="quiet-button" aria-label={open ? "Fewer actions" : "More actions"}>
        <Icon name="more" size={18} />
      </button>
      <span {...panel} class="more-actions">
        {open && <PostActions post={post} />}
      </span>
    </>
  );
}

/** Asks for a reason and hands it to a person. */
export function ReasonForm({ label, send }: { label: string; send: (reason: string) => Promise<unknown> }) {
  const reason = useSignal("");
  const told = useSignal("");
  const sent = useSignal(false);
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    try {
      await send(reason.value);
      sent.value = true;
    } catch (error) {
      const { title, detail } = describeError(error, "What you wrote is still here.");
      told.value = `${title} ${detail}`;
    }
  };
  if (sent.value) return <p class="meta reason-form">Thank you. A person will look at it.</p>;
  return (
    <form class="reason-form" onSubmit={onSubmit}>
      <label>
        {label}
        <textarea
          rows={3}
          required
          maxLength={REASON_LIMIT}
          value={reason.value}
          onInput={(event) => {
            reason.value = event.currentTarget.value;
          }}
        />
      </label>
      {told.value && (
        <p class="field-problem" role="alert">
          {told.value}
        </p>
      )}
      <button type="submit" class="button">
        Send
      </button>
    </form>
  );
}
