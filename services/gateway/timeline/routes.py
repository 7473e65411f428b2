"""Routes of timelines, and of the browser's spans that they show."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path
from nats.aio.client import Client

from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import CallerIn
from services.gateway.http.schemas import PostId
from services.gateway.posts.queries import PostQueries
from services.gateway.timeline.browser_spans import accepted_spans
from services.gateway.timeline.queries import TimelineQueries, is_public, public_traces, short_code, shown
from services.gateway.timeline.schemas import Timeline
from services.gateway.timeline.stored_spans import spans_of
from services.gateway.timeline.trace_owners import TraceOwners
from shared.telemetry.tracing import Telemetry, trace_id


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborators."""

    queries: TimelineQueries
    posts: PostQueries
    traces: TraceOwners
    broker: Client
    telemetry: Telemetry

    @guarded("GET", "/posts/{post_id}/timeline", "see_timeline", tags=["posts"])
    async def timeline(self, post_id: Annotated[PostId, Path()], caller: CallerIn) -> Timeline:
        """Read the facts and spans of a post on one time axis, from the browser to the feed.

        Appeals and earlier decisions that were overturned are shown to the author and to moderators only.
        """
        post = self.posts.visible(post_id, caller)
        facts = self.queries.facts(post_id)
        if caller.id == post.author.id or caller.moderates(post.community):
            traces = [found for fact in facts if (found := trace_id(fact.traceparent))]
        else:
            current = self.queries.current_decision(post_id)
            traces = public_traces(facts, current)
            facts = [fact for fact in facts if is_public(fact, current)]
        return Timeline(
            code=short_code(post_id),
            facts=[shown(fact) for fact in facts],
            spans=await spans_of(self.broker, traces),
        )

    @guarded("POST", "/telemetry/traces", "send_traces", status_code=202)
    async def send_traces(self, caller: CallerIn, document: Annotated[dict[str, Any], Body()]) -> None:
        """Send the browser's spans as OTLP/JSON. Only spans on an allow-list, of your own traces, are stored."""
        for subject, message in accepted_spans(document, lambda trace: self.traces.began(caller.key, trace)):
            await self.broker.publish(subject, message)
            self.telemetry.export_external_span(message)


def router(
    *, queries: TimelineQueries, posts: PostQueries, traces: TraceOwners, broker: Client, telemetry: Telemetry
) -> APIRouter:
    """Return the routes of timelines."""
    return router_of(Routes(queries, posts, traces, broker, telemetry), prefix="/v1", tags=["operations"])
