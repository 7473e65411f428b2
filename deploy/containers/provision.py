"""`python -m deploy.containers.provision`: runs once between the start of the broker and of the services.

Declares streams, buckets and consumers, and ensures that a policy is active. Safe to repeat.
"""

import asyncio
import sys

from nats.aio.client import Client

from deploy.cli.errors import read_settings
from deploy.installation.admin_context import operator_secrets_folder
from deploy.installation.broker_connection import connect_as_operator
from deploy.installation.secret_files import OPERATOR, Secrets
from deploy.installation.settings import RemoteSettings
from deploy.installation.signing_keys import open_policy_keys
from deploy.policy.default_policy import ensure_policy
from shared.log.provision import OperatorSettings, provision
from shared.problems import StartRefused
from shared.security.master_key_check import check_master_key
from shared.security.sealing import master_keys


async def main() -> None:
    """Provision the broker, then activate the shipped policy if needed."""
    settings = RemoteSettings()
    secrets = Secrets("", {OPERATOR: settings.broker_password.get_secret_value()})
    broker = await connect_as_operator(settings.broker_url, secrets)
    try:
        if master_key := settings.master_key.get_secret_value():
            await check_keys(broker, master_key)
        await declare(broker)
        print(await ensure_policy(broker, open_policy_keys(operator_secrets_folder(read_settings()))))
    finally:
        await broker.close()


async def declare(broker: Client) -> None:
    """Provision the broker and print the changes. Exits if a restore was interrupted."""
    try:
        changes = await provision(broker, OperatorSettings().replicas)
    except StartRefused as reason:
        sys.exit(str(reason))
    print("\n".join(changes or ["Nothing to do: everything is up to date."]))


async def check_keys(broker: Client, master_key: str) -> None:
    """Check that the master key opens the stored data keys, if a broker that is not new stores some."""
    try:
        await check_master_key(broker, master_keys(master_key))
    except StartRefused as reason:
        sys.exit(str(reason))


if __name__ == "__main__":
    asyncio.run(main())
