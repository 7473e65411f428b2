import { useSignal } from "@preact/signals";
import { isProblem } from "../../platform/api/client";
import { readPost, withdrawPost } from "../../platform/api/posts";
import type { Post } from "../../platform/api/types";
import { navigate } from "../../platform/browser/router";
import { announce, report } from "../../platform/state/notices";

/** Withdraws a post after asking once more, in place. */
export function WithdrawButton({ post }: { post: Post }) {
  const asking = useSignal(false);
  const ask = (value: boolean) => () => {
    asking.value = value;
  };
  const withdraw = async () => {
    try {
      const { sequence } = await withdrawPost(post.id);
      await waitUntilWithdrawn(post.id, sequence);
      announce("Withdrawn. Nobody else can read it any more.");
      navigate("/mine");
    } catch (error) {
      report(error, "The post is still there.");
    }
  };
  if (!asking.value) {
    return (
      <button type="button" class="quiet-button" onClick={ask(true)}>
        Withdraw
      </button>
    );
  }
  return (
    <span class="confirm">
      <span>Withdraw it for good?</span>
      <button type="button" class="button danger" onClick={withdraw}>
        Withdraw
      </button>
      <button type="button" class="quiet-button" onClick={ask(false)}>
        Keep
      </button>
    </span>
  );
}

/** Waits until lists no longer have the post, so that the next screen shows what was done. */
async function waitUntilWithdrawn(id: string, sequence: number): Promise<void> {
  try {
    await readPost(id, undefined, sequence);
  } catch (error) {
    if (!isProblem(error)) throw error;
  }
}
