import { readPost, readTimeline } from "../../platform/api/posts";
import type { Timeline } from "../../platform/api/types";
import { formatMs } from "../../platform/browser/format";
import { useResource } from "../../platform/state/resource";
import { CopyButton } from "../../ui/CopyButton";
import { Empty, Failure, Skeleton } from "../../ui/ListStates";
import { splitTitle } from "../../ui/markdown/plain-text";
import { Screen } from "../../ui/Screen";
import { layOutTimeline } from "./layout";
import { TimelineChart, TimelineList } from "./TimelineChart";

/** The way of one post, from the browser that sent it to the feed. */
export function TimelineScreen({ id }: { id: string }) {
  const resource = useResource(id, (signal) => readTimeline(id, signal));
  const timeline = resource.data.value;
  const post = useResource(id, (signal) => readPost(id, signal)).data.value;
  return (
    <Screen title="Timeline" aside={<HowToRead />}>
      <p>
        <a href={`/p/${id}`}>{post ? splitTitle(post.title, post.body).title : "Back to the post"}</a>
      </p>
      {resource.error.value !== undefined && <Failure error={resource.error.value} retry={resource.reload} />}
      {!timeline && resource.loading.value && <Skeleton items={1} />}
      {timeline && <LoadedTimeline timeline={timeline} />}
    </Screen>
  );
}

function LoadedTimeline({ timeline }: { timeline: Timeline }) {
  if (timeline.facts.length === 0) return <Empty title="Nothing is known about this post’s way." />;
  const layout = layOutTimeline(timeline);
  return (
    <>
      <p class="timeline-sum">{timeToDecision(timeline)}</p>
      <TimelineChart layout={layout} />
      {timeline.spans.length === 0 && (
        <p class="meta timeline-note">
          There are no spans of this post: they are kept for a day, and posts that came by import have none.
          Facts are kept for good.
        </p>
      )}
      <h2 class="section-title">Step by step</h2>
      <TimelineList layout={layout} />
      <dl class="quote-codes">
        <dt>Short code</dt>
        <dd>
          <CopyButton label="Short code" text={timeline.code} />
        </dd>
        {layout.traceIds.map((traceId) => (
          <div key={traceId}>
            <dt>Trace</dt>
            <dd>
              <CopyButton label="Trace id" text={traceId} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** The one number that people ask for, from the log's own clock. */
function timeToDecision({ facts }: Timeline): string {
  const moment = (type: string) => facts.find((fact) => fact.type === type)?.occurred_at;
  const submitted = moment("post.submitted");
  const decided = moment("post.decided");
  if (!submitted || !decided) return "Not decided yet";
  return `Decided ${formatMs(Date.parse(decided) - Date.parse(submitted))} after it was submitted`;
}

function HowToRead() {
  return (
    <section class="note">
      <h2>How to read this</h2>
      <p>
        Marks are facts: they are in the log for good. Bars are work, one lane for each service, drawn to
        scale. Hatched bands are pauses; a long one is cut short between dashed lines and says how long it
        was.
      </p>
    </section>
  );
}
