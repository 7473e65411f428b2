"""`python -m tests.faults.launch SERVICE [DEFECT NTH]`: runs a service with fakes, and a defect for controls."""

import sys
from collections.abc import Callable

from shared.log.crash_points import arm
from shared.run_service import run
from shared.telemetry.logs import configure_logging
from tests.faults import defects
from tests.faults.fakes import FakeEncoder, FakeModel

# Each function imports only its own service, so that a process has the same imports as its image.


def _gateway() -> None:
    from services.gateway.__main__ import main

    main()


def _moderation() -> None:
    from services.moderation.app import create_app
    from services.moderation.settings import Settings
    from shared.policy import DEFAULT_POLICY, load_policy

    settings = Settings()
    configure_logging(settings)
    arm(settings.crash_at)
    run(create_app(settings, model=FakeModel(), policy=load_policy(DEFAULT_POLICY)))


def _embeddings() -> None:
    from services.embeddings.app import create_app
    from services.embeddings.settings import Settings

    settings = Settings()
    configure_logging(settings)
    arm(settings.crash_at)
    run(create_app(settings, encoder=FakeEncoder()))


def _ranking() -> None:
    from services.ranking.app import create_app
    from services.ranking.settings import Settings

    settings = Settings()
    configure_logging(settings)
    arm(settings.crash_at)
    run(create_app(settings))


SERVICES: dict[str, Callable[[], None]] = {
    "gateway": _gateway,
    "moderation": _moderation,
    "embeddings": _embeddings,
    "ranking": _ranking,
}

if __name__ == "__main__":
    service, *defect = sys.argv[1:]
    if defect:
        defects.arm(defect[0], int(defect[1]))
    SERVICES[service]()
