"""Makes the embedded broker run what is declared, at each of its starts: streams in memory do not outlive it."""

import asyncio

import nats
from nats.aio.client import Client

from deploy.local.secret_files import OPERATOR, Secrets, secrets_folder
from deploy.local.settings import LauncherSettings
from deploy.policy.first import provide_policy
from deploy.policy.keys import open_policy_keys
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


async def provision_when_up(broker_url: str, secrets: Secrets) -> list[str]:
    """Wait until the broker takes connections, then apply what is declared. Returns what was changed.

    Raises:
        shared.log.provision.Refused: the broker would not take a declaration.
    """
    host, port = broker_url.removeprefix("nats://").split(":")
    await listens(host, int(port))
    client = await connect_as_operator(broker_url, secrets)
    try:
        return await provision(client)
    finally:
        await client.close()


async def provide_policy_at(settings: LauncherSettings, secrets: Secrets) -> str:
    """See to it that a policy is in force; returns what was done, or what is wrong, or nothing."""
    client = await connect_as_operator(settings.broker_url, secrets)
    try:
        return await provide_policy(client, open_policy_keys(secrets_folder(settings.data)))
    finally:
        await client.close()


async def listens(host: str, port: int) -> None:
    """Wait until somebody takes connections there."""
    while True:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(PORT_POLL_S)
        else:
            writer.close()
            return
