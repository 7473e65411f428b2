"""The gateway's own health, and its view's lag as a gauge."""

import asyncio

from nats.aio.client import Client
from nats.errors import Error as BrokerError

from services.gateway.view.view import View
from shared.log.integrity import LogIntegrity
from shared.messaging.requests import Health
from shared.telemetry.metrics import VIEW_LAG, Gauge, Reading

# The broker answers such questions in milliseconds.
BROKER_TIMEOUT_S = 2.0


async def own_health(broker: Client, view: View, log: LogIntegrity) -> Health:
    """Return the health of this process: ready while its view follows the log and the log has all of its facts."""
    if not broker.is_connected:
        return Health(parts={"broker": "unreachable: reconnecting"})
    state = view.failing or ("ok" if view.caught_up else "building its view")
    parts = {"view": state}
    try:
        async with asyncio.timeout(BROKER_TIMEOUT_S):
            lag = sum((await view.lag()).values())
            parts["log"], parts["clock"] = await log.state(), log.clock
    except (BrokerError, OSError) as error:
        # The broker elects a leader or loads a large log. Reads still work, so requests need not be turned away.
        lag, parts["broker"] = 0, f"does not answer ({type(error).__name__})"
    return Health(ready=state == parts.get("log", "ok") == "ok", parts=parts, lag=lag)


def view_lag(view: View) -> Gauge:
    """Return a gauge of the view's lag by stream."""

    async def read() -> list[Reading]:
        return [(VIEW_LAG, lag, {"stream": stream}) for stream, lag in (await view.lag()).items()]

    return read
