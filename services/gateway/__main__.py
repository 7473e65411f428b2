"""`python -m services.gateway`"""

import gc

import uvicorn

from services.gateway.app import create_app
from services.gateway.settings import Settings
from shared.logs import set_up_logs

# Open event streams are ended by the app; what is left after this is cut.
SHUTDOWN_S = 5
# Requests leave few cycles, and each collection walks what lives: with Python's 700 new objects, collecting took an
# eighth of every accepted post.
COLLECT_EVERY = 50_000


def main() -> None:
    """Serve until told to stop."""
    settings = Settings()
    set_up_logs(settings)
    gc.set_threshold(COLLECT_EVERY)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        # Else it believes X-Forwarded-For of everybody on this machine; our own setting says when to.
        proxy_headers=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )


if __name__ == "__main__":
    main()
