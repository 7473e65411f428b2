"""Routes of health and metrics."""

import asyncio
from dataclasses import dataclass

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from nats.aio.client import Client
from nats.errors import Error as BrokerError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import ValidationError

from services.gateway.http.endpoints import guarded, router_of
from services.gateway.operations.health import own_health
from services.gateway.operations.schemas import Alive, Part, Ready
from services.gateway.view.view import View
from shared.log.integrity import LogIntegrity
from shared.messaging.requests import Health, health_subject
from shared.problems import Unavailable
from shared.telemetry.metrics import Gauges

# A busy service answers between two batches.
HEALTH_S = 2.0
OTHERS = ("moderation", "embeddings", "ranking")
NOT_READY = {"model": Ready, "description": "A part is not ready.", "content": {"application/json": {}}}


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborators."""

    broker: Client
    view: View
    log: LogIntegrity
    gauges: Gauges

    @guarded("GET", "/healthz", "see_health", summary="Check that the process is alive")
    async def alive(self) -> Alive:
        """Answer 200 while the process can answer at all."""
        return Alive()

    @guarded("GET", "/readyz", "see_health", summary="Check that all services are ready", responses={503: NOT_READY})
    async def ready(self, response: Response) -> Ready:
        """Report the state and the backlog of each service. 503 while one of them is not ready."""
        broker = Part(state="ok" if self.broker.is_connected else "unreachable: reconnecting")
        others = await asyncio.gather(*(self._health_of(name) for name in OTHERS))
        own = _part(await own_health(self.broker, self.view, self.log))
        parts = {"broker": broker, "gateway": own, **dict(zip(OTHERS, others, strict=True))}
        answer = Ready(ready=all(part.state == "ok" for part in parts.values()), parts=parts)
        response.status_code = 200 if answer.ready else 503
        if not answer.ready:
            response.headers["Retry-After"] = str(Unavailable.retry_after_s)
        return answer

    @guarded(
        "GET",
        "/metrics",
        "see_metrics",
        response_class=PlainTextResponse,
        responses={200: {"description": "Prometheus text format.", "content": {"text/plain": {}}}},
    )
    async def metrics(self) -> Response:
        """Get the gateway's own metrics. The other services serve theirs on their status ports in a private network."""
        await self.gauges.read()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def _health_of(self, name: str) -> Part:
        try:
            message = await self.broker.request(health_subject(name), b"", timeout=HEALTH_S)
            return _part(Health.model_validate_json(message.data))
        except (BrokerError, OSError, ValidationError) as error:
            return Part(state=f"does not answer ({type(error).__name__})")


def router(*, broker: Client, view: View, log: LogIntegrity, gauges: Gauges) -> APIRouter:
    """Return the routes of health and metrics."""
    return router_of(Routes(broker, view, log, gauges), tags=["operations"])


def _part(health: Health) -> Part:
    problems = "; ".join(f"{part}: {state}" for part, state in health.parts.items() if state != "ok")
    if health.ready:
        return Part(state="ok", lag=health.lag, note=problems)
    return Part(state=problems or "not ready", lag=health.lag)
