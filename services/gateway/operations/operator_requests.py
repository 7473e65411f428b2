"""Answers the operator's requests over the broker: the state of the view, and a rebuild."""

from nats.aio.client import Client

from services.gateway.view.view import View
from shared.log.operator_requests import serve_view_requests


async def answer_operator(broker: Client, view: View) -> None:
    """Answer the operator's questions about the view, and rebuild it on request."""

    async def look() -> tuple[str, dict[str, int], str]:
        return "view", {name.upper(): lag for name, lag in (await view.lag()).items()}, view.building

    async def rebuild() -> str:
        return view.rebuild()

    await serve_view_requests(broker, "gateway", look, rebuild)
