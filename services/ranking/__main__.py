"""Start ranking."""

from services.ranking.app import create_app
from services.ranking.settings import Settings
from shared.run_service import run
from shared.telemetry.logs import set_up_logs

if __name__ == "__main__":
    settings = Settings()
    set_up_logs(settings)
    run(create_app(settings))
