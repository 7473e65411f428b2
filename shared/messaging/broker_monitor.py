"""Reads the broker's health page on its monitor port, which knows of write errors that no request reports."""

import asyncio
import re
import urllib.error
import urllib.request
from http.client import HTTPException

from pydantic import BaseModel, ValidationError

TIMEOUT_S = 3.0
PATH = re.compile(r"(?<![\w/])/[^\s:;]+")
# Requests to the broker bypass any proxy.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class BrokerError(BaseModel):
    """One error of the page. `stream` is empty for an error of the whole broker."""

    stream: str = ""
    error: str = ""


class HealthPage(BaseModel):
    """The page. `errors` is empty while the broker is healthy."""

    status: str = ""
    error: str = ""
    errors: tuple[BrokerError, ...] = ()


async def broker_problem(monitor_url: str) -> str:
    """Return what is wrong with the broker, such as `EVENTS: write error: …`; empty if nothing is.

    Raises:
        OSError: the monitor port does not answer.
    """
    return await asyncio.to_thread(_problem, monitor_url)


def _problem(monitor_url: str) -> str:
    # Without `details` the page says "ok" although a stream cannot write.
    try:
        with DIRECT.open(f"{monitor_url}/healthz?details=true", timeout=TIMEOUT_S) as answer:
            body = answer.read()
    except urllib.error.HTTPError as refusal:
        body = refusal.read()
    except HTTPException as error:
        raise OSError(str(error)) from error
    try:
        page = HealthPage.model_validate_json(body)
    except ValidationError:
        return "its health page is unreadable"
    if page.status == "ok":
        return ""
    details = "; ".join(f"{one.stream}: {one.error}" if one.stream else one.error for one in page.errors)
    # Everyone may read the health report, which must not show paths.
    return PATH.sub("its file", details or page.error or page.status)
