"""Entry point: `python -m services.embeddings`."""

from services.embeddings.app import create_app
from services.embeddings.settings import Settings
from shared.run_service import run
from shared.telemetry.logs import configure_logging


def main() -> None:
    """Run until stopped by a signal."""
    settings = Settings()
    configure_logging(settings)
    run(create_app(settings))


if __name__ == "__main__":
    main()
