"""What operators see of this very process: its own health, and the gauges beside what requests record."""

from nats.errors import Error as BrokerError

from services.gateway.dependencies import House
from shared.log.gauges import dead_letter_gauge
from shared.log.operator_requests import serve_view_requests
from shared.messaging.requests import Health
from shared.telemetry.metrics import DRIFT, VIEW_LAG, Gauges, Reading


async def own_health(house: House) -> Health:
    """Ready while the view follows; other parts are theirs to report."""
    if not house.broker.is_connected:
        return Health(parts={"broker": "away: reconnecting"})
    state = house.view.failing or ("ok" if house.view.caught_up else "building its view")
    parts = {"view": state}
    try:
        lag = sum((await house.view.lag()).values())
    except (BrokerError, OSError) as error:
        # Brokers choose a leader, or one loads a large log. People can read meanwhile: no reason to turn them away.
        lag, parts["broker"] = 0, f"does not answer ({type(error).__name__})"
    return Health(ready=state == "ok", parts=parts, lag=lag)


def gauges(house: House) -> Gauges:
    """The lag of the view, the dead letters, and how far previews are from decisions."""

    async def view_lag() -> list[Reading]:
        return [(VIEW_LAG, lag, {"stream": stream}) for stream, lag in (await house.view.lag()).items()]

    async def drift() -> list[Reading]:
        day = await house.drift.drift("day", "tier")
        shares = {
            "agreement": day.total.agreement,
            "false_reassurance": day.total.false_reassurance,
            "false_alarm": day.total.false_alarm,
            "without_preview": day.without_preview,
        }
        return [(DRIFT, found.share, {"measure": name}) for name, found in shares.items() if found.share is not None]

    return Gauges(house.telemetry.metrics, view_lag, drift, dead_letter_gauge(house.broker))


async def answer_operator(house: House) -> None:
    """How the view is, and that it is built anew when the operator says so."""

    async def look() -> tuple[str, dict[str, int], str]:
        return "view", {name.upper(): lag for name, lag in (await house.view.lag()).items()}, house.view.building

    async def rebuild() -> str:
        return house.view.rebuild()

    await serve_view_requests(house.broker, "gateway", look, rebuild)
