"""Writing the checkpoint in the background."""

import asyncio
import logging
import sqlite3

from services.ranking.adapters.checkpoint import Checkpoint
from services.ranking.projections import Board, give_back, take_changes
from shared.tasks import cancel_and_wait

logger = logging.getLogger(__name__)


class CheckpointWriter:
    """Writes what changed, every few seconds and once more at the end."""

    def __init__(self, checkpoint: Checkpoint, board: Board, every_s: float) -> None:
        self._checkpoint, self._board, self._every_s = checkpoint, board, every_s
        self._task: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()
        self.failing: str | None = None  # why nothing can be written, if so

    def start(self) -> None:
        """Write in the background."""
        self._task = asyncio.create_task(self._run(), name="write-checkpoints")

    async def close(self) -> None:
        """Write a last time and close the file."""
        await cancel_and_wait(self._task)
        await self.write()
        self._checkpoint.close()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            # Shielded: a thread cannot be called off, so the last write waits at the lock until this one has ended.
            await asyncio.shield(self.write())

    async def write(self) -> None:
        """Write what changed; what the disk refuses is tried again with the next changes."""
        async with self._writing:
            changes = take_changes(self._board)
            try:
                await asyncio.to_thread(self._checkpoint.write, changes)
                self.failing = None
            except sqlite3.Error as error:
                give_back(self._board, changes)
                self.failing = f"{type(error).__name__}: {error}"
                logger.exception("the checkpoint was not written")
