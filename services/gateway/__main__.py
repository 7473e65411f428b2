"""`python -m services.gateway`: serves the gateway."""

import asyncio
import gc
import signal
import sys
from contextlib import suppress

import uvicorn
from fastapi import FastAPI
from nats.aio.client import Client

from services.gateway.app import create_app
from services.gateway.dependencies import connect
from services.gateway.http.request_head_limits import HeadLimitedProtocol
from services.gateway.settings import Settings
from shared.log.crash_points import arm
from shared.run_service import COLLECT_EVERY, explaining_refusals
from shared.security.master_key_check import check_master_key
from shared.security.sealing import master_keys
from shared.telemetry.logs import configure_logging

# The app ends open event streams; other connections are cut after this time.
SHUTDOWN_S = 5
STARTUP_FAILED = 3  # the exit code of uvicorn's own command


def main() -> None:
    """Serve until a signal to stop."""
    with explaining_refusals():
        settings = Settings()
        configure_logging(settings)
        app = create_app(settings)
        asyncio.run(check_keys(settings))
    arm(settings.crash_at)
    gc.set_threshold(COLLECT_EVERY)
    # uvicorn raises the signal again after a clean shutdown; without this, the process would seem killed by it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = uvicorn.Server(server_config(settings, app))
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILED)


async def check_keys(settings: Settings) -> None:
    """Check the master key before the server starts: uvicorn would report a refused start with a traceback.

    Raises:
        shared.security.master_key_check.WrongMasterKey: it does not open the stored keys.
    """
    broker = Client()
    await connect(broker, settings)
    try:
        await check_master_key(broker, master_keys(settings.master_key.get_secret_value()))
    finally:
        await broker.close()


def server_config(settings: Settings, app: FastAPI) -> uvicorn.Config:
    """Return the configuration of the HTTP server."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=HeadLimitedProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        # Otherwise uvicorn trusts X-Forwarded-For from every local process; our own setting decides that.
        proxy_headers=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )


if __name__ == "__main__":
    main()
