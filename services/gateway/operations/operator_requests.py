"""Answers the operator's requests over the broker: readiness with all details, the view's state, and a rebuild."""

from nats.aio.client import Client
from nats.aio.msg import Msg

from services.gateway.operations.readiness import Readiness
from services.gateway.view.view import View
from shared.log.operator_requests import readiness_subject, serve_view_requests


async def answer_operator(broker: Client, view: View, readiness: Readiness) -> None:
    """Answer the operator's questions about readiness and view, and rebuild the view on request."""

    async def report(message: Msg) -> None:
        await message.respond((await readiness.operator_report()).model_dump_json().encode())

    async def look() -> tuple[str, dict[str, int], str]:
        return "view", {name.upper(): lag for name, lag in (await view.lag()).items()}, view.building

    async def rebuild() -> str:
        return view.rebuild()

    await broker.subscribe(readiness_subject("gateway"), cb=report)
    await serve_view_requests(broker, "gateway", look, rebuild)
