"""Entry point: `python -m services.ranking`."""

from services.ranking.app import create_app
from services.ranking.settings import Settings
from shared.log.crash_points import arm
from shared.run_service import explaining_refusals, run
from shared.telemetry.logs import configure_logging


def main() -> None:
    """Run until stopped by a signal."""
    with explaining_refusals():
        settings = Settings()
        configure_logging(settings)
        arm(settings.crash_at)
        run(create_app(settings))


if __name__ == "__main__":
    main()
