import { useSignal } from "@preact/signals";
import { isProblem } from "../../platform/api/client";
import { readPost, withdrawPost } from "../../platform/api/posts";
import type { Post } from "../../platform/api/types";
import { navigate } from "../../platform/browser/router";
import { t } from "../../platform/i18n";
import { announce, report } from "../../platform/state/notices";

/** Withdraws a post after a confirmation in place. */
export function WithdrawButton({ post }: { post: Post }) {
  const isConfirming = useSignal(false);
  const setConfirming = (value: boolean) => () => {
    isConfirming.value = value;
  };
  const withdraw = async () => {
    try {
      const { sequence } = await withdrawPost(post.id);
      await waitUntilWithdrawn(post.id, sequence);
      announce(t("posts.withdraw.done"));
      navigate("/mine");
    } catch (error) {
      report(error, t("posts.withdraw.failed"));
    }
  };
  if (!isConfirming.value) {
    return (
      <button type="button" class="quiet-button" onClick={setConfirming(true)}>
        {t("posts.withdraw.withdraw")}
      </button>
    );
  }
  return (
    <span class="confirm">
      <span>{t("posts.withdraw.confirm")}</span>
      <button type="button" class="button danger" onClick={withdraw}>
        {t("posts.withdraw.withdraw")}
      </button>
      <button type="button" class="quiet-button" onClick={setConfirming(false)}>
        {t("posts.withdraw.cancel")}
      </button>
    </span>
  );
}

/** Waits until the server's view has the withdrawal, so that the next screen shows it. */
async function waitUntilWithdrawn(id: string, sequence: number): Promise<void> {
  try {
    await readPost(id, undefined, sequence);
  } catch (error) {
    if (!isProblem(error)) throw error;
  }
}
