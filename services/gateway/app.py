"""The gateway, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import nats
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from nats.aio.client import Client

from services.gateway.accounts import me_routes as oneself
from services.gateway.accounts import routes as people
from services.gateway.accounts import suspension_routes as standing
from services.gateway.accounts.commands import Accounts
from services.gateway.accounts.erasure import Erasures
from services.gateway.accounts.sessions import Sessions
from services.gateway.communities import routes as communities
from services.gateway.communities.commands import Communities
from services.gateway.dependencies import House
from services.gateway.device import routes as device
from services.gateway.device.model_files import DeviceFiles
from services.gateway.device.snapshots import SnapshotBuilder
from services.gateway.device.vector_cache import VectorCache
from services.gateway.drift import routes as drift
from services.gateway.drift.view import DriftView
from services.gateway.feed import routes as feed
from services.gateway.http import errors
from services.gateway.http.client_pages import Assets, client_router
from services.gateway.http.guard import capability_of
from services.gateway.http.hosts import Hosts
from services.gateway.http.middleware import RequestMiddleware
from services.gateway.http.openapi_description import describe
from services.gateway.http.rate_limiter import Limiter
from services.gateway.http.secret_scanning import LeakedSecret, handle_leaked_secret
from services.gateway.imports.commands import Imports
from services.gateway.operations import routes as operations
from services.gateway.operations.health import answer_operator, gauges, own_health
from services.gateway.policy import routes as policies
from services.gateway.policy.public_view import Policies
from services.gateway.posts import routes as posts
from services.gateway.posts.commands import Posts
from services.gateway.previews import routes as previews
from services.gateway.previews.experiment_assignment import ExperimentAssignment
from services.gateway.previews.log import PreviewLog
from services.gateway.previews.receipts import Receipts
from services.gateway.review import routes as moderation
from services.gateway.review.claims import Claims
from services.gateway.settings import Settings
from services.gateway.stream import routes as stream
from services.gateway.stream.live_updates import LiveUpdates
from services.gateway.timeline.active_traces import ActiveTraces
from services.gateway.timeline.trace_retention import TraceRetention
from services.gateway.view.view import View
from shared.log.append import Log
from shared.messaging.broker import PING_EVERY_S
from shared.security.capabilities import CAPABILITIES
from shared.security.data_keys import DataKeyStore
from shared.security.sealing import master_keys
from shared.telemetry.status_server import serve_status
from shared.telemetry.tracing import Telemetry

# Those that are asked most come first: finding the route of a request tries one after the other.
ROUTERS = (
    posts, feed, people, communities, stream, moderation, policies, previews, drift, operations, device,
    oneself, standing,
)  # fmt: skip


def create_app(settings: Settings) -> FastAPI:
    """The gateway; nothing is connected before it starts."""
    telemetry = Telemetry(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        broker = await connect(settings)
        telemetry.export_to(broker)
        house = await build_dependencies(settings, broker, telemetry)
        app.state.house = house
        await house.view.start()
        await house.drift.start()
        await answer_operator(house)
        house.erasures.start()
        kept = TraceRetention(broker, house.view)
        async with serve_status(settings, partial(own_health, house), gauges(house)):
            yield
        await kept.close()
        await house.erasures.close()
        house.arrivals.close()
        await house.previews.close()
        await house.drift.close()
        await house.view.close()
        await house.sessions.close()
        await house.keys.close()
        await telemetry.close()
        await broker.close()

    app = FastAPI(
        title="Ottit",
        version="1",
        description="A self-hosted community feed with AI on both sides of the wire.",
        lifespan=lifespan,
        # Its own spans and metrics would be beside ours, and looking whether anybody wants them costs every request.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
        docs_url=None,
        redoc_url=None,
    )
    errors.install(app)
    app.add_exception_handler(LeakedSecret, handle_leaked_secret)
    describe(app)
    app.add_middleware(Hosts, allowed=settings.hosts.split(","), bound=settings.host)
    app.add_middleware(RequestMiddleware, telemetry=telemetry)
    app.mount("/assets", Assets(directory=settings.client_dir / "assets", check_dir=False))
    app.state.api_routes = [route for module in ROUTERS for route in module.router.routes]
    for router in routers(settings):
        refuse_unguarded(router)
        # Not `include_router`: it would look for the route of a request twice, through a layer for each router.
        app.router.routes.extend(router.routes)
    return app


def routers(settings: Settings) -> list[APIRouter]:
    """Every router, the client's catch-all last."""
    return [*(module.router for module in ROUTERS), client_router(settings.client_dir)]


def refuse_unguarded(router: APIRouter) -> None:
    """A route without a capability does not start.

    Raises:
        LookupError: naming the route.
    """
    for route in router.routes:
        if not isinstance(route, APIRoute) or capability_of(route) not in CAPABILITIES:
            raise LookupError(f"{getattr(route, 'path', route)} has no capability of the table")


async def connect(settings: Settings) -> Client:
    """The gateway's connection to the broker; it reconnects for ever."""
    return await nats.connect(
        settings.broker_url,
        name="ottit-gateway",
        user="gateway",
        password=settings.broker_password.get_secret_value(),
        inbox_prefix=b"_INBOX_gateway",
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        ping_interval=PING_EVERY_S,
    )


async def build_dependencies(settings: Settings, broker: Client, telemetry: Telemetry) -> House:
    """Everything that the routes need, over one connection."""
    master_key = settings.master_key.get_secret_value()
    keys = await DataKeyStore.open(broker, master_key)
    log = Log(broker)
    view = View(settings.data_dir / "gateway", broker, keys)
    accounts = await Accounts.open(broker, keys, log)
    sessions = await Sessions.open(broker)
    places = Communities(log)
    arms = ExperimentAssignment(settings.preview_mode, settings.preview_off_share, master_keys(master_key)[0])
    noted = PreviewLog(broker, keys, arms)
    written = Posts(log, keys, view, noted.note_submission)
    return House(
        settings=settings,
        telemetry=telemetry,
        limiter=Limiter(settings.rate_scale),
        traces=ActiveTraces(),
        broker=broker,
        keys=keys,
        log=log,
        accounts=accounts,
        sessions=sessions,
        view=view,
        posts=written,
        policies=await Policies.open(broker, log, settings.policy_keys),
        communities=places,
        imports=Imports(written, accounts, places, log),
        arrivals=LiveUpdates(view, telemetry),
        arms=arms,
        previews=noted,
        receipts=Receipts(master_keys(master_key)[0]),
        drift=DriftView(settings.data_dir / "gateway", broker, settings.preview_mode),
        device=DeviceFiles(settings.device_model_dir),
        packs=SnapshotBuilder(view, VectorCache(broker)),
        claims=await Claims.open(broker),
        erasures=Erasures(accounts, sessions, view),
    )
