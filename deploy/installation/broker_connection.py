"""Connects to an installation's broker as the operator, and provisions it."""

import asyncio
import logging

import nats
from nats.aio.client import Client

from deploy.installation.secret_files import OPERATOR, Secrets
from shared.log.provision import provision
from shared.security.master_key_check import check_master_key
from shared.security.sealing import master_keys

logger = logging.getLogger(__name__)

PORT_POLL_S = 0.02


async def connect_as_operator(broker_url: str, secrets: Secrets) -> Client:
    """Connect as the broker user that may declare streams. The caller closes the connection."""
    inbox = f"_INBOX_{OPERATOR}".encode()
    return await nats.connect(
        broker_url,
        user=OPERATOR,
        password=secrets.passwords[OPERATOR],
        inbox_prefix=inbox,
        allow_reconnect=False,
        error_cb=_note_error,
    )


async def _note_error(error: Exception) -> None:
    """Log an error, which the caller gets as well; the client's default prints a traceback."""
    logger.debug("broker error", extra={"error": str(error) or type(error).__name__})


async def provision_when_reachable(broker_url: str, secrets: Secrets, where: str) -> list[str]:
    """Wait until the broker accepts connections, then provision it. Return the changes that were made.

    `where` names the data in the message about a wrong master key.

    Raises:
        shared.security.master_key_check.WrongMasterKey: the master key does not open the stored keys.
        shared.log.provision.ProvisionError: the broker rejected a declaration.
    """
    await wait_until_listening(broker_url)
    client = await connect_as_operator(broker_url, secrets)
    try:
        await check_master_key(client, master_keys(secrets.master_key), where)
        return await provision(client)
    finally:
        await client.close()


async def wait_until_listening(broker_url: str) -> None:
    """Wait until the broker's address, `nats://host:port`, accepts connections."""
    host, port = broker_url.removeprefix("nats://").split(":")
    while True:
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except OSError:
            await asyncio.sleep(PORT_POLL_S)
        else:
            writer.close()
            return
