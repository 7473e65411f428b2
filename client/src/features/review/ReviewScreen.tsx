import { useEffect } from "preact/hooks";
import { can, sessionKnown, user } from "../../platform/state/session";
import { Empty, Failure, Sentinel, SignInRequired, Skeleton } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { claims } from "./claims";
import { connectKeys, KeysHelp, keysShown } from "./keyboard";
import { type ReviewQueue, reviewQueueOf } from "./queue";
import { ReviewCard } from "./ReviewCard";

/** Where people decide on what the machine did not want to decide. */
export function ReviewScreen() {
  const aside = (
    <section class="note">
      <h2>What a decision does</h2>
      <p>
        Yours replaces the machine’s. The author reads your reason, and everybody sees in the public log that
        a person decided. It is sent after 5 seconds, or at once when you leave this page.
      </p>
    </section>
  );
  return (
    <Screen title="Review" aside={aside}>
      {sessionKnown.value && <ReviewBoard />}
    </Screen>
  );
}

function ReviewBoard() {
  if (!user.value) return <SignInRequired to="/review" />;
  if (!can("review_posts")) {
    return <Empty title="This is for moderators.">You can read and write everywhere else.</Empty>;
  }
  return (
    <>
      <ReviewList key={user.value.id} queue={reviewQueueOf(user.value.id)} />
      <KeysHelp />
    </>
  );
}

/** The queue, the oldest first. */
export function ReviewList({ queue }: { queue: ReviewQueue }) {
  useEffect(() => queue.connect(), [queue]);
  useEffect(() => connectKeys(queue), [queue]);
  const at = queue.current.value?.post.id;
  useEffect(() => claims.moveTo(at), [at]);
  useEffect(() => () => claims.leave(), []);
  const { list } = queue;
  const items = list.items.value;
  const failed = list.error.value !== undefined;
  return (
    <>
      <Head queue={queue} />
      <p class="visually-hidden" role="status">
        {queue.announcement.value}
      </p>
      <ol class="review-list" aria-label="Posts that wait" aria-busy={list.loading.value}>
        {items.map((item) => (
          <li key={item.post.id}>
            <ReviewCard queue={queue} item={item} />
          </li>
        ))}
      </ol>
      {list.loading.value && items.length === 0 && <Skeleton />}
      {failed && <Failure error={list.error.value} retry={() => void queue.refresh()} />}
      {list.complete.value && !failed && <End queue={queue} />}
      {items.length > 0 && !list.complete.value && !failed && (
        <Sentinel key={items.length} onSight={() => void list.more()} />
      )}
    </>
  );
}

function Head({ queue }: { queue: ReviewQueue }) {
  const { list, open } = queue;
  const waiting = open.value.length;
  const known = list.loadedAt.value > 0;
  const more = list.complete.value ? "" : " or more";
  return (
    <div class="review-head">
      <p class="meta">{known && waiting > 0 && `${waiting}${more} to look at, the oldest first`}</p>
      <button
        type="button"
        class="quiet-button keys-button"
        onClick={() => {
          keysShown.value = true;
        }}
      >
        Keys <kbd>?</kbd>
      </button>
    </div>
  );
}

function End({ queue }: { queue: ReviewQueue }) {
  if (queue.open.value.length > 0) return null;
  const through = queue.list.items.value.length > 0;
  const again = (
    <button type="button" class="link-button" onClick={() => void queue.refresh()}>
      Look again
    </button>
  );
  return (
    <Empty title={through ? "That was all of it. Thank you." : "Nothing waits for a person."}>
      {through ? "What is held from now on appears when you look again." : "What is held appears here."}{" "}
      {again}
    </Empty>
  );
}
