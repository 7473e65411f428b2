"""Routes of health and metrics."""

from dataclasses import dataclass

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.gateway.http.endpoints import guarded, router_of
from services.gateway.operations.readiness import Readiness
from services.gateway.operations.schemas import Alive, Ready
from shared.problems import Unavailable
from shared.telemetry.metrics import Gauges

NOT_READY = {"model": Ready, "description": "A part is not ready.", "content": {"application/json": {}}}


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborators."""

    readiness: Readiness
    gauges: Gauges

    @guarded("GET", "/healthz", "see_health", summary="Check that the process is alive")
    async def alive(self) -> Alive:
        """Answer 200 while the process can answer at all."""
        return Alive()

    @guarded("GET", "/readyz", "see_health", summary="Check that all services are ready", responses={503: NOT_READY})
    async def ready(self, response: Response) -> Ready:
        """Report the state and the backlog of each service. 503 while one of them is not ready."""
        answer = await self.readiness.public_report()
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


def router(*, readiness: Readiness, gauges: Gauges) -> APIRouter:
    """Return the routes of health and metrics."""
    return router_of(Routes(readiness, gauges), tags=["operations"])
