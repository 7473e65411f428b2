"""Watches a key-value bucket, so that a process can drop a cached value when it changes."""

from collections.abc import Callable

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy

# After a broker restart the watch is re-created after two missed heartbeats: a revoked session or a deleted key stays
# cached for seconds, not for the 20 s of nats-py's default.
HEARTBEAT_S = 1.0


async def watch_bucket(
    broker: Client, bucket: str, on_change: Callable[[str], object]
) -> JetStreamContext.PushSubscription:
    """Call `on_change(key)` for every later change, including this process's own. Unsubscribe the result to stop."""
    prefix = f"$KV.{bucket}."

    async def changed(message: Msg) -> None:
        on_change(message.subject.removeprefix(prefix))

    return await broker.jetstream().subscribe(
        f"{prefix}>",
        stream=f"KV_{bucket}",
        cb=changed,
        ordered_consumer=True,
        idle_heartbeat=HEARTBEAT_S,
        config=ConsumerConfig(deliver_policy=DeliverPolicy.NEW, headers_only=True),
    )
