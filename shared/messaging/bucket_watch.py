"""Watches a key-value bucket, so that a process can drop a cached value when it changes."""

from collections.abc import Callable, Sequence

from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.log.follower import Follower


async def watch_bucket(broker: Client, bucket: str, on_change: Callable[[str], object]) -> Follower:
    """Call `on_change(key)` for every later change, including this process's own. Close the result to stop.

    A deleted entry is told only if it was purged, too: the broker does not say which single messages it deletes.
    """
    prefix, stream = f"$KV.{bucket}.", f"KV_{bucket}"

    async def changed(messages: Sequence[Msg]) -> None:
        for message in messages:
            on_change(message.subject.removeprefix(prefix))

    last = (await broker.jetstream().stream_info(stream)).state.last_seq
    watch = Follower(broker, stream, changed)
    watch.start(after=last)
    return watch
