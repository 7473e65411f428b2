"""Rebuilds the Edge index from the log in a folder beside the serving one, which it then replaces."""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import replace

from nats.aio.client import Client

from services.embeddings.adapters import EdgeIndex
from services.embeddings.handlers import Indexer
from services.embeddings.index_maintenance import IndexMaintenance
from shared.log.events import Event
from shared.tasks import cancel_and_wait, failure_reason, start_background

ON_A_SERVER = (
    "the index is on a Qdrant server: delete the collection there, and it is built from the log; "
    "searches find less until then"
)


class RebuildRefused(Exception):
    """The rebuilt index lacks posts that the serving one may have."""


class IndexRebuild:
    """Passes every fact to the serving index, and during a rebuild also to the new one."""

    def __init__(self, indexer: Indexer, broker: Client, start_maintenance: Callable[[], None]) -> None:
        """`start_maintenance` is called after a rebuild: the maintenance of a damaged index may have ended."""
        self._indexer, self._broker, self._start_maintenance = indexer, broker, start_maintenance
        self._new_indexer: Indexer | None = None
        self._new_maintenance: IndexMaintenance | None = None
        self._task: asyncio.Task[None] | None = None
        self._in_progress = 0
        self._accepting, self._idle = asyncio.Event(), asyncio.Event()
        self._accepting.set()
        self._idle.set()

    @property
    def state(self) -> str:
        """The progress of a rebuild, or why the last one failed; empty otherwise."""
        if self._task is None or self._task.done():
            return failure_reason(self._task)
        return self._new_maintenance.state if self._new_maintenance else "starting"

    async def index_post(self, event: Event) -> None:
        """Apply a fact to both indexes."""
        await self._accepting.wait()
        self._in_progress += 1
        self._idle.clear()
        try:
            await self._indexer.index_post(event)
            if self._new_indexer:
                await self._new_indexer.index_post(event)
        finally:
            self._in_progress -= 1
            if not self._in_progress:
                self._idle.set()

    async def rebuild(self) -> str:
        """Start a rebuild. Returns why it cannot start, or an empty string."""
        index = self._indexer.index
        if not isinstance(index, EdgeIndex):
            return ON_A_SERVER
        if self._task and not self._task.done():
            return "a rebuild is already running"
        self._task = start_background(self._rebuild(index), "rebuild")
        return ""

    async def close(self) -> None:
        """Stop. An unfinished rebuild is dropped."""
        await cancel_and_wait(self._task)

    async def _rebuild(self, index: EdgeIndex) -> None:
        folder = index.folder.with_name(f"{index.folder.name}.new")
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        new = EdgeIndex(folder, index.words)
        try:
            await new.prepare()
            self._new_indexer = replace(self._indexer, index=new)
            self._new_maintenance = IndexMaintenance(new, self._broker, self._new_indexer.index_post)
            await self._new_maintenance.ensure_built()
            if locked := self._new_maintenance.locked:
                raise RebuildRefused(f"{len(locked)} posts are missing in it, because the data keys are lost")
            await self._switch(index, new)
            self._start_maintenance()
        finally:
            self._new_indexer = self._new_maintenance = None
            await new.close()
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _switch(self, index: EdgeIndex, new: EdgeIndex) -> None:
        """Replace the serving index while no fact is being handled. Searches wait while the shard is opened."""
        self._accepting.clear()
        try:
            await self._idle.wait()
            self._new_indexer = None
            await new.close()
            await index.clear(new.folder)
        finally:
            self._accepting.set()
