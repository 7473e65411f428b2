"""Health, the browser's spans, and imports."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from fastapi.responses import PlainTextResponse
from nats.errors import Error as BrokerError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import ValidationError

from services.gateway.dependencies import House, InHouse
from services.gateway.http.guard import CallerIn, guarded
from services.gateway.operations.health import gauges, own_health
from services.gateway.operations.schemas import Alive, ImportAnswer, ImportIn, Part, Ready
from services.gateway.timeline.browser_spans import accepted_spans
from shared.messaging.requests import Health, health_subject
from shared.telemetry.tracing import unsampled_trace

router = APIRouter()
# A busy service answers between two batches.
HEALTH_S = 2.0
OTHERS = ("moderation", "embeddings", "ranking")


@guarded(router, "GET", "/healthz", "see_health", tags=["operations"], summary="Is the process alive?")
async def alive() -> Alive:
    """Always, while it answers."""
    return Alive()


@guarded(
    router,
    "GET",
    "/readyz",
    "see_health",
    tags=["operations"],
    summary="Can the house do its work?",
    responses={503: {"model": Ready, "description": "a part cannot do its work", "content": {"application/json": {}}}},
)
async def ready(house: InHouse, response: Response) -> Ready:
    """Each part with its state and how much waits for it; 503 while one of them cannot do its work."""
    broker = Part(state="ok" if house.broker.is_connected else "away: reconnecting")
    others = await asyncio.gather(*(_asked(house, name) for name in OTHERS))
    parts = {"broker": broker, "gateway": _part(await own_health(house)), **dict(zip(OTHERS, others, strict=True))}
    answer = Ready(ready=all(part.state == "ok" for part in parts.values()), parts=parts)
    response.status_code = 200 if answer.ready else 503
    return answer


@guarded(
    router,
    "GET",
    "/metrics",
    "see_metrics",
    tags=["operations"],
    response_class=PlainTextResponse,
    responses={200: {"description": "Prometheus's text format", "content": {"text/plain": {}}}},
)
async def metrics(house: InHouse) -> Response:
    """The gateway's own numbers. Each service has its own on its status port, for a private network."""
    await gauges(house).read()
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@guarded(router, "POST", "/v1/telemetry/traces", "send_traces", tags=["operations"], status_code=202)
async def send_traces(
    request: Request, house: InHouse, caller: CallerIn, document: Annotated[dict[str, Any], Body()]
) -> None:
    """The browser's spans as OTLP/JSON. Untrusted: checked against an allow-list, kept if they fit."""
    for subject, message in accepted_spans(document, lambda trace: house.traces.began(caller.key, trace)):
        await house.broker.publish(subject, message)
        house.telemetry.export_external_span(message)


@guarded(router, "POST", "/v1/import", "import_posts", tags=["operations"])
async def import_posts(batch: ImportIn, house: InHouse, caller: CallerIn) -> ImportAnswer:
    """Bring posts in from elsewhere, through the same log and the same decisions. Safe to send again."""
    with unsampled_trace():
        results = await asyncio.gather(*(house.imports.take(row, caller.person.id) for row in batch.posts))
    return ImportAnswer(results=list(results))


async def _asked(house: House, name: str) -> Part:
    try:
        message = await house.broker.request(health_subject(name), b"", timeout=HEALTH_S)
        return _part(Health.model_validate_json(message.data))
    except (BrokerError, OSError, ValidationError) as error:
        return Part(state=f"does not answer ({type(error).__name__})")


def _part(health: Health) -> Part:
    said = "; ".join(f"{part}: {state}" for part, state in health.parts.items() if state != "ok")
    if health.ready:
        return Part(state="ok", lag=health.lag, note=said)
    return Part(state=said or "not ready", lag=health.lag)
