"""Everything that the gateway's routes need, made once in `app.py`."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from nats.aio.client import Client

from services.gateway.accounts import Accounts
from services.gateway.arrivals import Arrivals
from services.gateway.claims import Claims
from services.gateway.communities import Communities
from services.gateway.device_files import DeviceFiles
from services.gateway.drift import DriftView
from services.gateway.erasures import Erasures
from services.gateway.imports import Imports
from services.gateway.limiter import Limiter
from services.gateway.packs import Packs
from services.gateway.policies import Policies
from services.gateway.posts import Posts
from services.gateway.previews import Arms, PreviewLog, Receipts
from services.gateway.sessions import Sessions
from services.gateway.settings import Settings
from services.gateway.traces import BegunTraces
from services.gateway.view import View
from shared.keys import KeyRing
from shared.log import Log
from shared.telemetry import Telemetry


@dataclass
class House:
    """The gateway's connections and parts."""

    settings: Settings
    telemetry: Telemetry
    limiter: Limiter
    traces: BegunTraces
    broker: Client
    keys: KeyRing
    log: Log
    accounts: Accounts
    sessions: Sessions
    view: View
    posts: Posts
    policies: Policies
    communities: Communities
    imports: Imports
    arrivals: Arrivals
    arms: Arms
    previews: PreviewLog
    receipts: Receipts
    drift: DriftView
    device: DeviceFiles
    packs: Packs
    claims: Claims
    erasures: Erasures


def house_of(request: Request) -> House:
    """The house that answers this request."""
    house: House = request.app.state.house
    return house


async def _house(request: Request) -> House:
    # `async`, else FastAPI asks for it in another thread: a fifth of an accepted post.
    return house_of(request)


InHouse = Annotated[House, Depends(_house)]
