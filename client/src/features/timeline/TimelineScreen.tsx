import { readPost, readTimeline } from "../../platform/api/posts";
import type { Timeline } from "../../platform/api/types";
import { formatMs } from "../../platform/browser/format";
import { t } from "../../platform/i18n";
import { useResource } from "../../platform/state/use-resource";
import { CopyButton } from "../../ui/CopyButton";
import { Empty, Failure, Skeleton } from "../../ui/ListStates";
import { splitTitle } from "../../ui/markdown/title-and-excerpt";
import { Screen } from "../../ui/Screen";
import { TimelineChart, TimelineList } from "./TimelineChart";
import { layOutTimeline } from "./timeline-layout";

/** The timeline of one post, from the author's browser to the feed. */
export function TimelineScreen({ id }: { id: string }) {
  const resource = useResource(id, (signal) => readTimeline(id, signal));
  const timeline = resource.data.value;
  const post = useResource(id, (signal) => readPost(id, signal)).data.value;
  return (
    <Screen title={t("timeline.title")} aside={<AboutChart />}>
      <p>
        <a href={`/p/${id}`}>{post ? splitTitle(post.title, post.body).title : t("timeline.back")}</a>
      </p>
      {resource.error.value !== undefined && <Failure error={resource.error.value} retry={resource.reload} />}
      {!timeline && resource.loading.value && <Skeleton items={1} />}
      {timeline && <LoadedTimeline timeline={timeline} />}
    </Screen>
  );
}

function LoadedTimeline({ timeline }: { timeline: Timeline }) {
  if (timeline.facts.length === 0) return <Empty title={t("timeline.empty")} />;
  const layout = layOutTimeline(timeline);
  return (
    <>
      <p class="timeline-sum">{timeToDecision(timeline)}</p>
      <TimelineChart layout={layout} />
      {timeline.spans.length === 0 && <p class="meta timeline-note">{t("timeline.no_spans")}</p>}
      <h2 class="section-title">{t("timeline.steps")}</h2>
      <TimelineList layout={layout} />
      <dl class="quote-codes">
        <dt>{t("timeline.code")}</dt>
        <dd>
          <CopyButton label={t("timeline.code")} text={timeline.code} />
        </dd>
        {layout.traceIds.map((traceId) => (
          <div key={traceId}>
            <dt>{t("timeline.trace")}</dt>
            <dd>
              <CopyButton label={t("timeline.trace_id")} text={traceId} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** The time from submission to decision, by the clock of the log. */
function timeToDecision({ facts }: Timeline): string {
  const moment = (type: string) => facts.find((fact) => fact.type === type)?.occurred_at;
  const submitted = moment("post.submitted");
  const decided = moment("post.decided");
  if (!submitted || !decided) return t("timeline.undecided");
  return t("timeline.decided_after", { duration: formatMs(Date.parse(decided) - Date.parse(submitted)) });
}

function AboutChart() {
  return (
    <section class="note">
      <h2>{t("timeline.about.title")}</h2>
      <p>{t("timeline.about.text")}</p>
    </section>
  );
}
