"""`python -m services.moderation`"""

from services.moderation.app import create_app
from services.moderation.settings import Settings
from shared.log.crash_points import arm
from shared.run_service import explaining_refusals, run
from shared.telemetry.logs import configure_logging

if __name__ == "__main__":
    with explaining_refusals():
        settings = Settings()
        configure_logging(settings)
        arm(settings.crash_at)
        run(create_app(settings))
