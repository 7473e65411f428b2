"""Reads the broker's own health report, which knows of write errors that no other request reports."""

import re

from nats.aio.client import Client
from nats.errors import Error as BrokerFailure
from pydantic import BaseModel, ValidationError

from shared.messaging.requests import BROKER_HEALTH

TIMEOUT_S = 3.0
UNREADABLE = "its health report is unreadable"
PATH = re.compile(r"(?<![\w/])/[^\s:;]+")


class BrokerError(BaseModel):
    """One error of the page. `stream` is empty for an error of the whole broker."""

    stream: str = ""
    error: str = ""


class HealthPage(BaseModel):
    """The page. `errors` is empty while the broker is healthy."""

    status: str = ""
    error: str = ""
    errors: tuple[BrokerError, ...] = ()


class HealthReport(BaseModel):
    """The page as one of the broker's nodes sends it."""

    data: HealthPage


async def reported_problem(broker: Client) -> str:
    """Return what the broker says is wrong with it, asked through the connection; empty if nothing is.

    Raises:
        OSError: it does not answer.
    """
    try:
        # Without `details` it says "ok" although a stream cannot write.
        reply = await broker.request(BROKER_HEALTH, b'{"details": true}', timeout=TIMEOUT_S)
    except BrokerFailure as error:
        raise OSError(str(error) or type(error).__name__) from error
    try:
        return _told(HealthReport.model_validate_json(reply.data).data)
    except ValidationError:
        return UNREADABLE


def _told(page: HealthPage) -> str:
    if page.status == "ok":
        return ""
    details = "; ".join(f"{one.stream}: {one.error}" if one.stream else one.error for one in page.errors)
    # Everyone may read the health report, which must not show paths.
    return PATH.sub("its file", details or page.error or page.status)
