"""What became of imported posts, read from the log itself (on the machine where the broker runs)."""

from collections import Counter

from nats.aio.client import Client
from nats.errors import TimeoutError as BrokerTimeout
from nats.js.api import ConsumerConfig, DeliverPolicy

from deploy.cli.importing.rows import Row, read_row
from deploy.cli.importing.source import Position, Source
from services.gateway.imports.commands import post_id_of
from shared.log.events import PostDecided, decode

# With everything delivered the last message says that none is pending; this is for a log without a decision.
SILENCE_S = 2.0


async def last_sequence(broker: Client) -> int:
    """The log's last sequence."""
    info = await broker.jetstream().stream_info("EVENTS")
    return int(info.state.last_seq)


async def outcomes_of(broker: Client, source: Source, after: int) -> dict[str, int]:
    """The last decision on each post of the file behind the log's sequence `after`, counted by outcome."""
    ours = _post_ids(source)
    subscription = await broker.jetstream().subscribe(
        PostDecided.subject("*"),
        stream="EVENTS",
        ordered_consumer=True,
        config=ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=after + 1),
    )
    outcomes: dict[str, str] = {}
    pending: int | None = 1
    while pending:
        try:
            message = await subscription.next_msg(timeout=SILENCE_S)
        except BrokerTimeout:
            break
        pending = message.metadata.num_pending
        event = decode(message.data, message.metadata.sequence.stream)
        if isinstance(event.data, PostDecided) and event.entity_id in ours:
            outcomes[event.entity_id] = event.data.outcome
    await subscription.unsubscribe()
    return dict(Counter(outcomes.values()))


def _post_ids(source: Source) -> set[str]:
    rows = (read_row(line.number, line.content) for line in source.lines(Position()))
    return {post_id_of(row.id) for row in rows if isinstance(row, Row)}
