import { useSignal } from "@preact/signals";
import { appealDecision, REASON_LIMIT, reportPost } from "../../platform/api/posts";
import type { Post } from "../../platform/api/types";
import { t } from "../../platform/i18n";
import { errorLine } from "../../platform/state/error-messages";
import { can, user } from "../../platform/state/session";
import { useDisclosure } from "../../ui/Disclosure";
import { Icon } from "../../ui/Icon";
import { WithdrawButton } from "./WithdrawButton";

/** The actions that the user may take on this post. */
export function PostActions({ post }: { post: Post }) {
  const openForm = useSignal<"report" | "appeal" | null>(null);
  const own = user.value?.id === post.author.id;
  const refused = (post.state === "held" || post.state === "rejected") && !post.decision?.appealed_at;
  const canAppeal = own && can("appeal_decision") && refused;
  const canReport = !own && post.state === "published" && can("report_post");
  const toggleForm = (form: "report" | "appeal") => () => {
    openForm.value = openForm.value === form ? null : form;
  };
  return (
    <>
      <a class="quiet-button" href={`/p/${post.id}/timeline`}>
        {t("posts.actions.timeline")}
      </a>
      {own && can("edit_post") && post.state !== "withdrawn" && (
        <a class="quiet-button" href={`/p/${post.id}/edit`}>
          {t("posts.actions.edit")}
        </a>
      )}
      {own && can("withdraw_post") && post.state !== "withdrawn" && <WithdrawButton post={post} />}
      {canAppeal && <ActionButton label={t("posts.actions.appeal")} onClick={toggleForm("appeal")} />}
      {canReport && <ActionButton label={t("posts.actions.report")} onClick={toggleForm("report")} />}
      {openForm.value === "appeal" && (
        <ReasonForm
          label={t("posts.actions.appeal_reason")}
          send={(reason) => appealDecision(post.id, reason)}
        />
      )}
      {openForm.value === "report" && (
        <ReasonForm label={t("posts.actions.report_reason")} send={(reason) => reportPost(post.id, reason)} />
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

/** The actions of a reply behind one button, so that a thread is not cluttered. */
export function CollapsedPostActions({ post }: { post: Post }) {
  const { open, button, panel } = useDisclosure();
  return (
    <>
      <button
        {...button}
        class="quiet-button"
        aria-label={t(open ? "posts.actions.fewer" : "posts.actions.more")}
      >
        <Icon name="more" size={18} />
      </button>
      <span {...panel} class="more-actions">
        {open && <PostActions post={post} />}
      </span>
    </>
  );
}

/** A form that sends a reason to the moderators. */
export function ReasonForm({ label, send }: { label: string; send: (reason: string) => Promise<unknown> }) {
  const reason = useSignal("");
  const problem = useSignal("");
  const sent = useSignal(false);
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    try {
      await send(reason.value);
      sent.value = true;
    } catch (error) {
      problem.value = errorLine(error, t("posts.actions.input_kept"));
    }
  };
  if (sent.value) return <p class="meta reason-form">{t("posts.actions.sent")}</p>;
  return (
    <form class="reason-form" onSubmit={onSubmit}>
      <label>
        {label}
        <textarea
          dir="auto"
          rows={3}
          required
          maxLength={REASON_LIMIT}
          value={reason.value}
          onInput={(event) => {
            reason.value = event.currentTarget.value;
          }}
        />
      </label>
      {problem.value && (
        <p class="field-problem" role="alert">
          {problem.value}
        </p>
      )}
      <button type="submit" class="button">
        {t("posts.actions.send")}
      </button>
    </form>
  );
}
