"""Accepts what streams and buckets have lost, and replaces those that hold messages which cannot be read."""

from datetime import UTC, datetime

from nats.aio.client import Client

from deploy.operations.stream_snapshot import redeclare, remove_stream, stream_config
from shared.log.losses import CONTENT
from shared.log.lost_messages import unreadable_messages
from shared.log.provision import provision, rewrite
from shared.log.stored_marks import accept_losses, forget_marks, stored_losses

# A copy of a counter's message would count twice. Empty, it counts from zero: the daily budget may be used twice.
BEGINS_AGAIN = "SPENDING"
# `ottit audit accept` replaces the checkpoints; the others never get a second message under a subject.
STAYS = {"AUDIT", "PREVIEWS", "KEPT_SPANS", "CHALLENGES"}


async def accept_and_rewrite(broker: Client, replicas: int = 1) -> dict[str, str]:
    """Accept every reported loss while services are stopped. Returns the sentences about them, by stream.

    A message that cannot be read blocks its subject: the broker does not acknowledge a later one. So a stream with such
    messages is replaced by one with the others, and views that counted its sequences are rebuilt.
    """
    await provision(broker, replicas)  # finishes what an interrupted run began
    losses = await stored_losses(broker)
    for name in losses:
        if name in STAYS or not await unreadable_messages(broker, name):
            continue
        if name == BEGINS_AGAIN:
            await remove_stream(broker, name)
            await forget_marks(broker, name)
            await provision(broker, replicas)
        else:
            await rewrite(broker, name, replicas)
        if name == "SIGNALS":
            await _let_views_be_rebuilt(broker)
    await accept_losses(broker)
    return losses


async def _let_views_be_rebuilt(broker: Client) -> None:
    config = await stream_config(broker, "EVENTS") or {}
    metadata = (config.get("metadata") or {}) | {CONTENT: datetime.now(UTC).isoformat()}
    await redeclare(broker, config | {"metadata": metadata})
