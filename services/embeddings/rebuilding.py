"""The index built anew from the log, in a folder beside the one that answers; it takes that one's place when done."""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import replace

from nats.aio.client import Client

from services.embeddings.adapters import EdgeIndex
from services.embeddings.handlers import Indexer
from services.embeddings.upkeep import Upkeep
from shared.log.events import Event
from shared.tasks import cancel_and_wait, failure_reason, start_background

ON_A_SERVER = (
    "its index lies on a Qdrant server: delete the collection there, and it is built from the log; "
    "searches find less until then"
)


class Rebuilding:
    """Takes every fact that the durable brings, for the index that answers and for the one that is being built."""

    def __init__(self, indexer: Indexer, broker: Client, look_after: Callable[[], None]) -> None:
        """`look_after`: called when the new index is in its place; the old one may have been past looking after."""
        self._indexer, self._broker, self._look_after = indexer, broker, look_after
        self._beside: Indexer | None = None
        self._upkeep: Upkeep | None = None
        self._task: asyncio.Task[None] | None = None
        self._at_work = 0
        self._open, self._rest = asyncio.Event(), asyncio.Event()  # facts may come in; none is being handled
        self._open.set()
        self._rest.set()

    @property
    def state(self) -> str:
        """How far a rebuild has come; empty where there is none."""
        if self._task is None or self._task.done():
            return failure_reason(self._task)
        return self._upkeep.state if self._upkeep else "beginning"

    async def index_post(self, event: Event) -> None:
        """Keep both indexes equal to the log."""
        await self._open.wait()
        self._at_work += 1
        self._rest.clear()
        try:
            await self._indexer.index_post(event)
            if self._beside:
                await self._beside.index_post(event)
        finally:
            self._at_work -= 1
            if not self._at_work:
                self._rest.set()

    async def rebuild(self) -> str:
        """Begin. Why not, or nothing."""
        index = self._indexer.index
        if not isinstance(index, EdgeIndex):
            return ON_A_SERVER
        if self._task and not self._task.done():
            return "a rebuild is under way already"
        self._task = start_background(self._rebuild(index), "rebuild")
        return ""

    async def close(self) -> None:
        """Stop; what was being built is begun anew next time."""
        await cancel_and_wait(self._task)

    async def _rebuild(self, index: EdgeIndex) -> None:
        folder = index.folder.with_name(f"{index.folder.name}.new")
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        beside = EdgeIndex(folder)
        try:
            await beside.prepare()
            self._beside = replace(self._indexer, index=beside)
            self._upkeep = Upkeep(beside, self._broker, self._beside.index_post)
            await self._upkeep.look()
            await self._switch(index, beside)
            self._look_after()
        finally:
            self._beside = self._upkeep = None
            await beside.close()
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _switch(self, index: EdgeIndex, beside: EdgeIndex) -> None:
        """Between two facts: a search that comes meanwhile waits for the moment that opening a shard takes."""
        self._open.clear()
        try:
            await self._rest.wait()
            self._beside = None
            await beside.close()
            await index.clear(beside.folder)
        finally:
            self._open.set()
