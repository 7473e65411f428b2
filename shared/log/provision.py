"""Creates or updates the declared streams, buckets and durables, then compares. Runs before any service starts."""

import asyncio
from typing import Any

import nats
import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import TimeoutError as BrokerTimeout
from pydantic import Field

from shared.log.recreate_bucket import recreate_bucket
from shared.log.stored_marks import accept_losses, forget_marks
from shared.log.streams import BUCKETS, CONSUMERS, STREAMS, Consumer
from shared.problems import StartRefused
from shared.settings import ServiceSettings

# The broker's words when it finds a file of a consumer that it cannot read.
UNREADABLE_PROGRESS = "error creating store for consumer"
PROGRESS_REMEDY = (
    "The broker cannot read the progress of {durable}: its file is damaged. Nothing is lost. Stop Ottit, delete the "
    "folder streams/EVENTS/obs/{durable} below the broker's folder jetstream, and start: all facts come again, and "
    "none is handled twice."
)
NOT_FOUND = {10059, 10014}  # stream, consumer
# A stream that exists from the first change of a restore until its end.
RESTORE_MARK = "RESTORE"
# Three brokers that start together elect a leader in 5 to 10 s; a minute covers a busy machine.
REPLY_TIMEOUT_S, ATTEMPTS = 5.0, 12


class RestoreUnfinished(StartRefused):
    """A restore was interrupted, so streams are missing or incomplete."""

    def __init__(self) -> None:
        super().__init__(
            "A restore into this installation was interrupted, so its data is incomplete. The backup is unchanged: "
            "run the same `ottit restore` command again before the next start."
        )


class ProvisionError(Exception):
    """The broker refused a declaration, or runs with another configuration than declared."""


async def provision(broker: Client, replicas: int = 1, *, restoring: bool = False) -> list[str]:
    """Apply all declarations, with each stream on `replicas` nodes.

    Returns one line for each stream, bucket or durable that was created or changed.

    Raises:
        RestoreUnfinished: a restore was interrupted, and the caller is not a restore (`restoring`).
        ProvisionError: the broker refused a declaration, or did not apply it.
    """
    if not restoring and await _config(broker, f"STREAM.INFO.{RESTORE_MARK}") is not None:
        raise RestoreUnfinished
    changes = []
    for declared in (*STREAMS, *BUCKETS):
        declared = with_replicas(declared, replicas)
        changes += await _move_if_needed(broker, declared)
        changes += await _apply_stream(broker, declared)
    for consumer in CONSUMERS:
        changes += await _apply_consumer(broker, consumer)
    return changes


async def differences(broker: Client, replicas: int = 1) -> list[str]:
    """Return the differences between the broker's configuration and the declarations; empty if there are none."""
    lines = []
    for declared in (*STREAMS, *BUCKETS):
        declared = with_replicas(declared, replicas)
        running = await _config(broker, f"STREAM.INFO.{declared['name']}")
        lines += _differences(declared["name"], declared, running)
    for consumer in CONSUMERS:
        running = await _config(broker, f"CONSUMER.INFO.EVENTS.{consumer.durable}")
        lines += _differences(consumer.durable, consumer.config(), running)
    return lines


async def stream_differences(broker: Client, name: str) -> list[str]:
    """Return the differences of one running stream, such as `EVENTS.max_msg_size is 64, declared 524288`.

    The number of replicas, and what depends on it, is not compared: only the operator's settings have it.

    Raises:
        nats.errors.Error: the broker did not answer.
    """
    declared = next(one for one in (*STREAMS, *BUCKETS) if one["name"] == name)
    compared = {key: value for key, value in declared.items() if key not in {"num_replicas", "persist_mode"}}
    return _differences(name, compared, await _config(broker, f"STREAM.INFO.{name}"))


def with_replicas(declared: dict[str, Any], replicas: int) -> dict[str, Any]:
    """Return a stream's declaration for a cluster. Asynchronous persistence works on a single node only."""
    if replicas == 1:
        return declared
    return {key: value for key, value in declared.items() if key != "persist_mode"} | {"num_replicas": replicas}


async def rewrite_bucket(broker: Client, name: str, replicas: int = 1) -> None:
    """Replace a bucket by one with all of its entries that can be read. See `rewrite`."""
    await rewrite(broker, f"KV_{name}", replicas)


async def rewrite(broker: Client, name: str, replicas: int = 1) -> None:
    """Replace a stream by one with all of its messages that can be read. No service may run meanwhile.

    A damaged message stays in the broker's file, and the broker does not acknowledge later writes to its key.
    """
    declared = next(one for one in (*STREAMS, *BUCKETS) if one["name"] == name)
    await _recreate(broker, with_replicas(declared, replicas), damaged=True)
    await accept_losses(broker, declared["name"])


async def _move_if_needed(broker: Client, declared: dict[str, Any]) -> list[str]:
    if declared.get("deny_delete") is not False or declared["storage"] == "memory":
        return []
    moved = await _recreate(broker, declared, damaged=False)
    return [f"{declared['name']} was recreated, so that erased entries leave the disk"] if moved else []


async def _recreate(broker: Client, declared: dict[str, Any], *, damaged: bool) -> bool:
    async def config_of(name: str) -> dict[str, Any] | None:
        return await _config(broker, f"STREAM.INFO.{name}")

    moved = await recreate_bucket(broker, declared, config_of, _api, damaged=damaged)
    if moved:
        await forget_marks(broker, declared["name"])
    return moved


async def _apply_stream(broker: Client, declared: dict[str, Any]) -> list[str]:
    name = declared["name"]
    running = await _config(broker, f"STREAM.INFO.{name}")
    if not _differences(name, declared, running):
        return []
    verb = "CREATE" if running is None else "UPDATE"
    # Marks of the operator's commands (`shared/log/losses.py`) outlive a change of the declaration.
    marks = {"metadata": running["metadata"]} if running and running.get("metadata") else {}
    await _api(broker, f"STREAM.{verb}.{name}", declared | marks)
    return await _verify(broker, name, f"STREAM.INFO.{name}", declared)


async def _apply_consumer(broker: Client, consumer: Consumer) -> list[str]:
    info_subject = f"CONSUMER.INFO.EVENTS.{consumer.durable}"
    declared = consumer.config()
    if not _differences(consumer.durable, declared, await _config(broker, info_subject)):
        return []
    body = {"stream_name": "EVENTS", "config": declared, "action": ""}
    try:
        await _api(broker, f"CONSUMER.CREATE.EVENTS.{consumer.durable}", body)
    except ProvisionError as error:
        if UNREADABLE_PROGRESS not in str(error):
            raise
        raise ProvisionError(PROGRESS_REMEDY.format(durable=consumer.durable)) from error
    return await _verify(broker, consumer.durable, info_subject, declared)


async def _verify(broker: Client, name: str, info_subject: str, declared: dict[str, Any]) -> list[str]:
    remaining = _differences(name, declared, await _config(broker, info_subject))
    if remaining:
        raise ProvisionError("; ".join(remaining))
    return [f"{name} is as declared"]


def _differences(name: str, declared: dict[str, Any], running: dict[str, Any] | None) -> list[str]:
    if running is None:
        return [f"{name} does not exist"]
    return [
        f"{name}.{key} is {_plain(running.get(key))}, declared {_plain(value)}"
        for key, value in declared.items()
        if _plain(running.get(key)) != _plain(value)
    ]


def _plain(value: Any) -> Any:
    """Return None for an empty value: the broker omits empty, zero and false values."""
    return value or None


async def _config(broker: Client, info_subject: str) -> dict[str, Any] | None:
    try:
        config: dict[str, Any] = (await _api(broker, info_subject, None))["config"]
    except LookupError:
        return None
    if single := config.get("filter_subject"):
        config["filter_subjects"] = [single]
    return config


async def _api(broker: Client, method: str, body: dict[str, Any] | None) -> dict[str, Any]:
    payload = orjson.dumps(body) if body is not None else b""
    reply: dict[str, Any] = orjson.loads((await _request(broker, f"$JS.API.{method}", payload)).data)
    if error := reply.get("error"):
        if error["err_code"] in NOT_FOUND:
            raise LookupError(method)
        raise ProvisionError(f"{method}: {error['description']}")
    return reply


async def _request(broker: Client, subject: str, payload: bytes) -> Msg:
    """Send a request, and retry while a cluster elects its leader. Every declaration is idempotent."""
    for _ in range(ATTEMPTS - 1):
        try:
            return await broker.request(subject, payload, timeout=REPLY_TIMEOUT_S)
        except BrokerTimeout:
            continue
    return await broker.request(subject, payload, timeout=REPLY_TIMEOUT_S)


class OperatorSettings(ServiceSettings):
    """Settings of the broker user `operator`, for provisioning and the command line only."""

    service: str = "operator"
    # Nodes that store each stream: 1 on one machine, 3 in a cluster, so that one node may fail.
    replicas: int = Field(default=1, ge=1, le=5)


async def main() -> None:
    """Provision the broker in the settings and print the changes."""
    settings = OperatorSettings()
    broker = await nats.connect(
        settings.broker_url, user=settings.service, password=settings.broker_password.get_secret_value()
    )
    try:
        for line in await provision(broker, settings.replicas) or ["nothing to do: everything is as declared"]:
            print(line)
    finally:
        await broker.close()


if __name__ == "__main__":
    asyncio.run(main())
