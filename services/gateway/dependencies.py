"""Everything that the gateway's routes need, made once in `app.py`."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from nats.aio.client import Client

from services.gateway.accounts.commands import Accounts
from services.gateway.accounts.erasure import Erasures
from services.gateway.accounts.sessions import Sessions
from services.gateway.communities.commands import Communities
from services.gateway.device.model_files import DeviceFiles
from services.gateway.device.snapshots import SnapshotBuilder
from services.gateway.drift.view import DriftView
from services.gateway.http.rate_limiter import Limiter
from services.gateway.imports.commands import Imports
from services.gateway.policy.public_view import Policies
from services.gateway.posts.commands import Posts
from services.gateway.previews.experiment_assignment import ExperimentAssignment
from services.gateway.previews.log import PreviewLog
from services.gateway.previews.receipts import Receipts
from services.gateway.review.claims import Claims
from services.gateway.settings import Settings
from services.gateway.stream.live_updates import LiveUpdates
from services.gateway.timeline.active_traces import ActiveTraces
from services.gateway.view.view import View
from shared.log.append import Log
from shared.security.data_keys import DataKeyStore
from shared.telemetry.tracing import Telemetry


@dataclass
class House:
    """The gateway's connections and parts."""

    settings: Settings
    telemetry: Telemetry
    limiter: Limiter
    traces: ActiveTraces
    broker: Client
    keys: DataKeyStore
    log: Log
    accounts: Accounts
    sessions: Sessions
    view: View
    posts: Posts
    policies: Policies
    communities: Communities
    imports: Imports
    arrivals: LiveUpdates
    arms: ExperimentAssignment
    previews: PreviewLog
    receipts: Receipts
    drift: DriftView
    device: DeviceFiles
    packs: SnapshotBuilder
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
