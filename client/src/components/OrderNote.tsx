import type { Sort } from "../api/types";

const WORDS: Record<Sort, string> = {
  for_you:
    "Fresh posts near to what you voted for and read, mixed so that no author and no community fills the page. “Why here” shows the parts for each post.",
  hot: "Votes and replies count, and count less with every hour. “Why here” shows the parts for each post.",
  new: "Newest first. Nothing else counts.",
  top: "Most votes first, within the time you choose.",
};

/** Why the feed has this order, in words. */
export function OrderNote({ sort }: { sort: Sort }) {
  return (
    <section class="note">
      <h2>Why this order</h2>
      <p>{WORDS[sort]}</p>
    </section>
  );
}
