"""Route of imports."""

import asyncio
from dataclasses import dataclass

from fastapi import APIRouter

from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import CallerIn
from services.gateway.imports.commands import ImportCommands
from services.gateway.imports.schemas import ImportAnswer, ImportIn
from shared.telemetry.tracing import unsampled_trace


@dataclass(frozen=True)
class Routes:
    """The endpoint and its collaborator."""

    commands: ImportCommands

    @guarded("POST", "/import", "import_posts")
    async def import_posts(self, batch: ImportIn, caller: CallerIn) -> ImportAnswer:
        """Import posts from another site through the same log and moderation. Sending them again is safe."""
        with unsampled_trace():
            results = await asyncio.gather(*(self.commands.take(row, caller.require_user().id) for row in batch.posts))
        return ImportAnswer(results=list(results))


def router(*, commands: ImportCommands) -> APIRouter:
    """Return the route of imports."""
    return router_of(Routes(commands), prefix="/v1", tags=["operations"])
