"""A board with all that hangs on it: the followers that feed it, its checkpoint, and the desk that answers from it."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nats.aio.client import Client

from services.ranking.adapters import BrokerTastes, Checkpoint, CheckpointWriter, Stream
from services.ranking.feeds import Feeds
from services.ranking.handlers import BoardKeeper, FeedDesk
from services.ranking.health import Gauge
from services.ranking.readers import Readers
from services.ranking.settings import Settings
from shared.log.follower import Follower
from shared.telemetry.tracing import Telemetry


@dataclass(frozen=True)
class Means:
    """What every stand needs, and the streams as they were when the service started."""

    client: Client
    settings: Settings
    telemetry: Telemetry
    streams: Mapping[str, Stream]


class Stand:
    """One board. Several can stand beside each other; one answers."""

    def __init__(self, means: Means, file: Path, ordered: int = 0) -> None:
        """`ordered`: facts up to this sequence have been ordered by another board, and get no second span."""
        self._means, self._file = means, file
        checkpoint = Checkpoint(file)
        self.board = board = checkpoint.load(means.streams)
        seen_before = ordered or board.reached["EVENTS"] or means.streams["EVENTS"].head
        keeper = BoardKeeper(board, means.telemetry, seen_before)
        self._writer = self._writing(checkpoint)
        self.followers = (
            Follower(means.client, "EVENTS", keeper.order_posts),
            Follower(means.client, "SIGNALS", keeper.count_signals),
        )
        feeds = Feeds(board)
        readers = Readers(board, feeds, BrokerTastes(means.client, means.settings.taste_timeout_s), means.settings)
        self.desk = FeedDesk(board, feeds, readers, time.time)

    @property
    def gauge(self) -> Gauge:
        """How it is."""
        return Gauge(self.followers, self._writer)

    def start(self) -> None:
        """Follow the streams from where the board stands."""
        for follower in self.followers:
            follower.start(after=self.board.reached[follower.stream])

    async def close(self) -> None:
        """Stop following, then write the checkpoint a last time."""
        await asyncio.gather(*(follower.close() for follower in self.followers))
        await self._writer.close()

    async def is_level_with(self, other: "Stand", within_s: float) -> bool:
        """Wait until this board has taken all that the other one has."""
        pairs = zip(self.followers, other.followers, strict=True)
        return all([await ours.wait_for(theirs.reached, within_s) for ours, theirs in pairs])

    async def move_to(self, file: Path) -> None:
        """Keep the checkpoint in another place from here on, where it replaces what was there."""
        await self._writer.close()
        remove_checkpoint(file)
        self._file.rename(file)
        self._file, self._writer = file, self._writing(Checkpoint(file))

    def _writing(self, checkpoint: Checkpoint) -> CheckpointWriter:
        writer = CheckpointWriter(checkpoint, self.board, self._means.settings.checkpoint_every_s)
        writer.start()
        return writer


def remove_checkpoint(file: Path) -> None:
    """Delete a checkpoint with its write-ahead log."""
    for end in ("", "-wal", "-shm"):
        file.with_name(file.name + end).unlink(missing_ok=True)
