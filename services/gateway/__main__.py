"""`python -m services.gateway`"""

import uvicorn

from services.gateway.app import create_app
from services.gateway.settings import Settings
from shared.logs import set_up_logs

# Open event streams are ended by the app; what is left after this is cut.
SHUTDOWN_S = 5


def main() -> None:
    """Serve until told to stop."""
    settings = Settings()
    set_up_logs(settings)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )


if __name__ == "__main__":
    main()
