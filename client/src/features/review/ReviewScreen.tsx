import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { api } from "../../platform/api/client";
import type { OwnWaiting } from "../../platform/api/types";
import { route } from "../../platform/browser/router";
import { rich, t } from "../../platform/i18n";
import { can, sessionKnown, user } from "../../platform/state/session";
import { useResource } from "../../platform/state/use-resource";
import { ChoiceLinks } from "../../ui/ChoiceLinks";
import { Empty, Failure, NotAllowed, Sentinel, Skeleton } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { connectKeys, HELP_KEY, KeysHelp, keysShown } from "./keyboard-shortcuts";
import { ReviewCard } from "./ReviewCard";
import { claims } from "./review-claims";
import { type QueueKind, type ReviewQueue, reviewQueueOf } from "./review-queue";
import { UNDO_MS } from "./undo-window";

/** The queue of posts that wait for a moderator's decision. */
export function ReviewScreen() {
  const aside = (
    <section class="note">
      <h2>{t("review.about.title")}</h2>
      <p>{t("review.about.text", { seconds: UNDO_MS / 1000 })}</p>
    </section>
  );
  return (
    <Screen title={t("review.title")} aside={aside}>
      {sessionKnown.value && <ReviewContent />}
    </Screen>
  );
}

const KINDS: readonly QueueKind[] = ["waiting", "unjudged"];

function ReviewContent() {
  if (!user.value || !can("review_posts")) {
    return <NotAllowed title={t("ui.moderators_only.title")} to="/review" />;
  }
  const kind = route.value.query.get("show") === "unjudged" ? "unjudged" : "waiting";
  return (
    <>
      <OwnPostsNote />
      <ChoiceLinks
        label={t("review.show")}
        options={KINDS.map((id) => ({ id, label: t(`review.kinds.${id}`) }))}
        current={kind}
        addressOf={(id) => (id === "waiting" ? "/review" : `/review?show=${id}`)}
      />
      {kind === "unjudged" && <p class="meta">{t("review.unjudged_note")}</p>}
      <ReviewList key={`${user.value.id} ${kind}`} queue={reviewQueueOf(user.value.id, kind)} />
      <KeysHelp />
    </>
  );
}

/** Says that nobody is there who could decide on the moderator's own posts: they themselves never may. */
export function OwnPostsNote() {
  const own = useResource("own-without-reviewer", readOwnWaiting);
  const count = own.data.value?.without_reviewer ?? 0;
  if (count === 0) return null;
  return (
    <section class="note" role="status" aria-label={t("review.own.title", { count })}>
      <h2>{t("review.own.title", { count })}</h2>
      <p>
        {can("manage_roles")
          ? rich("review.own.appoint", { link: (text) => <a href="/roles">{text}</a> })
          : t("review.own.ask")}
      </p>
    </section>
  );
}

const readOwnWaiting = (signal: AbortSignal) => api<OwnWaiting>("/v1/review/own", { signal });

/** The queue, the most urgent post first. */
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
      <ol class="review-list" aria-label={t("review.list")} aria-busy={list.loading.value}>
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
  const count = list.complete.value ? "review.count" : "review.count_or_more";
  return (
    <div class="review-head">
      <p class="meta">{known && waiting > 0 && t(count, { count: waiting })}</p>
      <button
        type="button"
        class="quiet-button keys-button"
        onClick={() => {
          keysShown.value = true;
        }}
      >
        {t("review.keys.show")} <kbd>{HELP_KEY}</kbd>
      </button>
    </div>
  );
}

function End({ queue }: { queue: ReviewQueue }) {
  if (queue.open.value.length > 0) return null;
  const refresh = (text: ComponentChildren) => (
    <button type="button" class="link-button" onClick={() => void queue.refresh()}>
      {text}
    </button>
  );
  return queue.list.items.value.length > 0 ? (
    <Empty title={t("review.end.done")}>{rich("review.end.done_text", { refresh })}</Empty>
  ) : (
    <Empty title={t("review.end.empty")}>{rich("review.end.empty_text", { refresh })}</Empty>
  );
}
