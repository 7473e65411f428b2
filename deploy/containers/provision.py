"""`python -m deploy.containers.provision`: the one-shot between the broker and the services.

Declares streams, buckets and consumers, and sees to it that a policy is in force. Safe to run again.
"""

import asyncio

from deploy.cli.operator import ElsewhereSettings, policy_secrets
from deploy.cli.settings import read_settings
from deploy.local.provisioning import connect_as_operator
from deploy.local.secret_files import OPERATOR, Secrets
from deploy.policy.first import provide_policy
from deploy.policy.keys import open_policy_keys
from shared.log.provision import OperatorSettings, provision


async def main() -> None:
    """Make the broker run what is declared, then let a policy decide."""
    settings = ElsewhereSettings()
    secrets = Secrets("", {OPERATOR: settings.broker_password.get_secret_value()})
    broker = await connect_as_operator(settings.broker_url, secrets)
    try:
        for line in await provision(broker, OperatorSettings().replicas) or ["Nothing to do: all is as declared."]:
            print(line)
        print(await provide_policy(broker, open_policy_keys(policy_secrets(read_settings()))))
    finally:
        await broker.close()


if __name__ == "__main__":
    asyncio.run(main())
