"""A rebuild of the gateway's view from the installation's log, beside the bare replay of the stream."""

from statistics import median
from tempfile import TemporaryDirectory

from deploy.installation.secret_files import SERVICES, open_secrets
from tests.bench.processes import run_in_process
from tests.bench.table import Line, at_least
from tests.running_installation import RunningInstallation

AIM = 10_000


def measure(installation: RunningInstallation, rounds: int) -> list[Line]:
    """Alternate rounds of all three, each in a separate process."""
    ottit, batches, raw, events = list[float](), list[float](), list[float](), 0
    for _ in range(rounds):
        with TemporaryDirectory() as folder:
            built = _run(installation, "view", folder)
            ottit.append(built["per_second"])
            batches.append(_run(installation, "batches", folder)["per_second"])
            raw.append(_run(installation, "raw", folder)["per_second"])
            events = int(built["events"])
    rate, limit = median(ottit), median(raw)
    return [
        Line(
            f"rebuild of the gateway's view, {events:,} events",
            f"{rate:,.0f} events/s",
            f"{limit:,.0f} messages/s of bare ordered replay",
            f"{rate / limit:.0%}; {at_least(rate, AIM, 'events/s')}",
        ),
        Line(
            "reading the log in batches, as services do",
            f"{median(batches):,.0f} messages/s",
            f"{limit:,.0f} messages/s of bare ordered replay",
            f"{median(batches) / limit:.0%}",
        ),
    ]


def _run(installation: RunningInstallation, what: str, folder: str) -> dict[str, float]:
    secrets = open_secrets(installation.data, SERVICES)
    return run_in_process(
        "tests.bench.replay",
        what,
        OTTIT_DATA_DIR=folder,
        OTTIT_BROKER_URL=installation.state.broker_url,
        OTTIT_BROKER_PASSWORD=secrets.passwords["gateway"],
        OTTIT_MASTER_KEY=secrets.master_key,
        OPERATOR_PASSWORD=secrets.passwords["operator"],
    )
