"""A replica: one ranking state with the followers that feed it, its checkpoint, its health and its feed queries."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nats.aio.client import Client
from nats.errors import Error as BrokerError

from services.ranking.adapters import Checkpoint, CheckpointWriter, EmbeddingsClient, StreamState
from services.ranking.handlers import FeedQueries, Projector
from services.ranking.personalization import Personalization
from services.ranking.ranking_cache import RankingCache
from services.ranking.settings import Settings
from shared.log.follower import Follower
from shared.log.stored_messages import BATCH
from shared.messaging.requests import Health
from shared.storage.derived_database import remove_database
from shared.telemetry.tracing import Telemetry

# Four batches are folded in well under a second, so a lag below that counts as caught up.
CAUGHT_UP_LAG = 4 * BATCH


@dataclass(frozen=True)
class Dependencies:
    """Dependencies of every replica. `streams` are the streams as they were when the service started."""

    client: Client
    settings: Settings
    telemetry: Telemetry
    streams: Mapping[str, StreamState]


class Replica:
    """One ranking state and everything around it. During a rebuild there are two, and one of them answers."""

    def __init__(self, dependencies: Dependencies, file: Path, traced_up_to: int = 0) -> None:
        """`traced_up_to`: another replica has written the spans of facts up to this sequence."""
        self._dependencies, self._file = dependencies, file
        client, settings = dependencies.client, dependencies.settings
        checkpoint = Checkpoint(file)
        self.state = state = checkpoint.load(dependencies.streams)
        traced_up_to = traced_up_to or state.last_applied["EVENTS"] or dependencies.streams["EVENTS"].last_sequence
        projector = Projector(state, dependencies.telemetry, traced_up_to)
        self._writer = self._start_writer(checkpoint)
        self.followers = (
            Follower(client, "EVENTS", projector.project_facts),
            Follower(client, "SIGNALS", projector.project_signals, on_cut=projector.fold_signals_again),
        )
        rankings = RankingCache(state)
        embeddings = EmbeddingsClient(client, settings.taste_timeout_s)
        self.queries = FeedQueries(state, rankings, Personalization(state, rankings, embeddings, settings), time.time)

    def start(self) -> None:
        """Follow the streams after the state's last applied sequences."""
        for follower in self.followers:
            follower.start(after=self.state.last_applied[follower.stream])

    async def close(self) -> None:
        """Stop following, then write the checkpoint a last time."""
        await asyncio.gather(*(follower.close() for follower in self.followers))
        await self._writer.close()

    async def health(self) -> Health:
        """Report ready when both streams are caught up. Each call asks the broker for the lag."""
        lags = {follower.stream: await _lag(follower) for follower in self.followers}
        parts = {follower.stream: _follower_state(follower, lags[follower.stream]) for follower in self.followers}
        parts["checkpoint"] = self._writer.failing or "ok"
        following = all(parts[follower.stream] == "ok" for follower in self.followers)
        return Health(ready=following, parts=parts, lag=sum(lag or 0 for lag in lags.values()))

    async def catch_up_with(self, other: "Replica", timeout_s: float) -> bool:
        """Wait until this replica has folded everything that the other has; False on time-out."""
        pairs = zip(self.followers, other.followers, strict=True)
        return all([await ours.wait_for(theirs.last_applied, timeout_s) for ours, theirs in pairs])

    async def move_to(self, file: Path) -> None:
        """Move the checkpoint to another path, replacing the checkpoint there."""
        await self._writer.close()
        remove_checkpoint(file)
        self._file.rename(file)
        remove_database(self._file)  # its seal
        self._file, self._writer = file, self._start_writer(Checkpoint(file))

    def _start_writer(self, checkpoint: Checkpoint) -> CheckpointWriter:
        writer = CheckpointWriter(checkpoint, self.state, self._dependencies.settings.checkpoint_every_s)
        writer.start()
        return writer


def remove_checkpoint(file: Path) -> None:
    """Delete a checkpoint with its write-ahead log."""
    remove_database(file)


async def _lag(follower: Follower) -> int | None:
    try:
        return await follower.lag()
    except (BrokerError, OSError):
        return None


def _follower_state(follower: Follower, lag: int | None) -> str:
    if lag is None:
        return "the broker does not answer"
    if follower.failing:
        return follower.failing
    return "ok" if lag <= CAUGHT_UP_LAG else f"catching up: {lag} behind"
