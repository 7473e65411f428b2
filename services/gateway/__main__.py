"""`python -m services.gateway`"""

import gc
import signal
import sys
from contextlib import suppress

import uvicorn
from fastapi import FastAPI

from services.gateway.app import create_app
from services.gateway.http.timeouts import TimeLimitedProtocol
from services.gateway.settings import Settings
from shared.run_service import COLLECT_EVERY
from shared.telemetry.logs import configure_logging

# Open event streams are ended by the app; what is left after this is cut.
SHUTDOWN_S = 5
STARTUP_FAILED = 3  # as uvicorn's own command ends


def main() -> None:
    """Serve until told to stop."""
    settings = Settings()
    configure_logging(settings)
    gc.set_threshold(COLLECT_EVERY)
    # uvicorn raises the signal again when it has shut down well: that is an end like any other, not a death by signal.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = uvicorn.Server(server_config(settings, create_app(settings)))
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILED)


def server_config(settings: Settings, app: FastAPI) -> uvicorn.Config:
    """How the app is served."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=TimeLimitedProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        # Else it believes X-Forwarded-For of everybody on this machine; our own setting says when to.
        proxy_headers=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )


if __name__ == "__main__":
    main()
