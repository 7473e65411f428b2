"""Start ranking."""

from services.ranking.app import create_app
from services.ranking.settings import Settings
from shared.run_service import run
from shared.telemetry.logs import configure_logging

if __name__ == "__main__":
    settings = Settings()
    configure_logging(settings)
    run(create_app(settings))
