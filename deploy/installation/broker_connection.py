"""Connects to an installation's broker as the operator, and provisions it."""

import asyncio

import nats
from nats.aio.client import Client

from deploy.installation.secret_files import OPERATOR, Secrets
from shared.log.provision import provision

PORT_POLL_S = 0.02


async def connect_as_operator(broker_url: str, secrets: Secrets) -> Client:
    """A connection of the user that may declare things; the caller closes it."""
    inbox = f"_INBOX_{OPERATOR}".encode()
    return await nats.connect(
        broker_url,
        user=OPERATOR,
        password=secrets.passwords[OPERATOR],
        inbox_prefix=inbox,
        allow_reconnect=False,
    )


async def provision_when_reachable(broker_url: str, secrets: Secrets) -> list[str]:
    """Wait until the broker takes connections, then apply what is declared. Returns what was changed.

    Raises:
        shared.log.provision.Refused: the broker would not take a declaration.
    """
    host, port = broker_url.removeprefix("nats://").split(":")
    await wait_until_listening(host, int(port))
    client = await connect_as_operator(broker_url, secrets)
    try:
        return await provision(client)
    finally:
        await client.close()


async def wait_until_listening(host: str, port: int) -> None:
    """Wait until somebody takes connections there."""
    while True:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(PORT_POLL_S)
        else:
            writer.close()
            return
