"""`python -m services.moderation`"""

from services.moderation.app import create_app
from services.moderation.settings import Settings
from shared.run_service import run
from shared.telemetry.logs import set_up_logs

if __name__ == "__main__":
    settings = Settings()
    set_up_logs(settings)
    run(create_app(settings))
