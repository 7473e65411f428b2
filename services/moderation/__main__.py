"""`python -m services.moderation`"""

from services.moderation.app import create_app
from services.moderation.settings import Settings
from shared.run_service import run
from shared.telemetry.logs import configure_logging

if __name__ == "__main__":
    settings = Settings()
    configure_logging(settings)
    run(create_app(settings))
