import type { ComponentChildren } from "preact";
import type { Post } from "../../platform/api/types";
import { formatAge, formatCount, formatDateTime } from "../../platform/browser/format";
import { now } from "../../platform/browser/online-viewport-clock";
import { type MessageKey, rich, t } from "../../platform/i18n";
import { Icon } from "../../ui/Icon";
import { excerpt, splitTitle } from "../../ui/markdown/title-and-excerpt";
import { countsOf } from "./live-counts";
import { PostStateNote } from "./PostStateNote";
import { VoteButtons } from "./VoteButtons";

/** Four lines of 17 px at the widest column; the rest is cut by the layout. */
const EXCERPT = 420;

interface Props {
  post: Post;
  /** The reason for its place in the list. */
  why?: ComponentChildren;
  /** A line from the screen that shows the card, such as its state. */
  note?: ComponentChildren;
  /** The way a search found it: `exact`, `words`, `meaning` or `words and meaning`. */
  found?: string;
}

/** One post in a list. A reply has no title: its text is the link. */
export function PostCard({ post, why, note, found }: Props) {
  const { title, rest } = splitTitle(post.title, post.body);
  return (
    <article class="post-card" aria-label={title}>
      <PostMeta post={post} />
      {post.parent_id ? (
        <ReplyExcerpt post={post} />
      ) : (
        <TitleAndExcerpt post={post} title={title} rest={rest} />
      )}
      {note}
      {post.state !== "published" && <PostStateNote post={post} />}
      {post.state === "published" && (
        <footer class="post-footer">
          <VoteButtons post={post} />
          <RepliesLink post={post} />
          {why}
          {found && <FoundBy why={found} />}
        </footer>
      )}
    </article>
  );
}

function TitleAndExcerpt({ post, title, rest }: { post: Post; title: string; rest: string }) {
  const text = excerpt(rest, EXCERPT);
  return (
    <>
      <h2 class="post-title" dir="auto">
        <a href={`/p/${post.id}`}>{title}</a>
      </h2>
      {text && (
        <p class="post-excerpt" dir="auto">
          {text}
        </p>
      )}
    </>
  );
}

function ReplyExcerpt({ post }: { post: Post }) {
  return (
    <p class="post-excerpt reply-words" dir="auto">
      <a href={`/p/${post.id}`}>{excerpt(post.body, EXCERPT)}</a>
    </p>
  );
}

function RepliesLink({ post }: { post: Post }) {
  const { comments } = countsOf(post).value;
  return (
    <a class="quiet-button" href={`/p/${post.id}#replies`}>
      <Icon name="reply" size={16} /> {t("posts.card.replies", { comments, count: formatCount(comments) })}
    </a>
  );
}

/** Community, author and age of a post. */
export function PostMeta({ post }: { post: Post }) {
  return (
    <p class="post-meta">
      <a class="post-community" href={`/c/${post.community}`}>
        <bdi>{post.community}</bdi>
      </a>
      {post.author.handle ? (
        <a href={`/u/${post.author.handle}`}>
          <bdi>{post.author.handle}</bdi>
        </a>
      ) : (
        <span>{t("posts.card.author_unknown")}</span>
      )}
      {post.date_known === false ? (
        <span>{t("posts.card.date_unknown")}</span>
      ) : (
        <time dateTime={post.created_at} title={formatDateTime(post.created_at)}>
          {formatAge(post.created_at, now.value)}
        </time>
      )}
      {post.parent_id && <span class="post-kind">{t("posts.card.reply")}</span>}
      {post.revision > 1 && <span>{t("posts.card.edited")}</span>}
    </p>
  );
}

const FOUND_BY: Readonly<Record<string, MessageKey>> = {
  exact: "posts.card.found_by.exact",
  words: "posts.card.found_by.words",
  meaning: "posts.card.found_by.meaning",
  "words and meaning": "posts.card.found_by.words_and_meaning",
};

/** The way a search found a post. A narrow screen shows only the method. */
export function FoundBy({ why }: { why: string }) {
  const key = FOUND_BY[why];
  return (
    <span class="found">
      {rich(
        "posts.card.found_by",
        { prefix: (text) => <span class="found-by">{text}</span> },
        { how: key ? t(key) : why },
      )}
    </span>
  );
}
