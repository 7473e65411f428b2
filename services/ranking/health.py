"""Whether ranking can do its work now."""

from collections.abc import Sequence

from nats.errors import Error as BrokerError

from services.ranking.adapters import CheckpointWriter
from shared.log.follower import BATCH, Follower
from shared.messaging.requests import Health

# Four batches are folded in well under a second: nearer than that is as good as there.
NEAR = 4 * BATCH


class Gauge:
    """Reads the followers and the writer."""

    def __init__(self, followers: Sequence[Follower], writer: CheckpointWriter) -> None:
        self._followers, self._writer = followers, writer

    async def report(self) -> Health:
        """Ready when every stream is followed closely; each look is a round trip to the broker."""
        lags = {follower.stream: await _lag(follower) for follower in self._followers}
        parts = {follower.stream: _state(follower, lags[follower.stream]) for follower in self._followers}
        parts["checkpoint"] = self._writer.failing or "ok"
        following = all(parts[follower.stream] == "ok" for follower in self._followers)
        return Health(ready=following, parts=parts, lag=sum(lag or 0 for lag in lags.values()))


async def _lag(follower: Follower) -> int | None:
    try:
        return await follower.lag()
    except (BrokerError, OSError):
        return None


def _state(follower: Follower, lag: int | None) -> str:
    if lag is None:
        return "the broker does not answer"
    if follower.failing:
        return follower.failing
    return "ok" if lag <= NEAR else f"catching up: {lag} behind"
