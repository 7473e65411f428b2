"""The gateway's app: the routers of all features behind the middleware."""

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from services.gateway.accounts import (
    application_routes,
    me_routes,
    oidc_routes,
    passkey_routes,
    role_routes,
    security_routes,
    suspension_routes,
)
from services.gateway.accounts import routes as accounts
from services.gateway.accounts.application_queries import ApplicationQueries
from services.gateway.audit_list import routes as audit_list
from services.gateway.audit_list.queries import AuditListQueries
from services.gateway.communities import routes as communities
from services.gateway.communities.commands import CommunityCommands
from services.gateway.dependencies import Dependencies, build_dependencies, running
from services.gateway.device import routes as device
from services.gateway.device.model_files import ModelFiles
from services.gateway.device.newest_post_queries import NewestPostQueries
from services.gateway.device.snapshots import SnapshotBuilder
from services.gateway.device.vector_cache import VectorCache
from services.gateway.drift import routes as drift
from services.gateway.feed import routes as feed
from services.gateway.http import errors
from services.gateway.http.base_path import BasePath, PreparedAnswers
from services.gateway.http.client_address import TrustedProxies
from services.gateway.http.guard import capability_of
from services.gateway.http.host_check import HostCheck
from services.gateway.http.middleware import RequestMiddleware
from services.gateway.http.openapi_description import describe
from services.gateway.http.secret_scanning import LeakedSecret, handle_leaked_secret
from services.gateway.imports import routes as imports
from services.gateway.imports.commands import ImportCommands
from services.gateway.interests import routes as interest_routes
from services.gateway.interests.commands import InterestCommands
from services.gateway.interests.queries import InterestQueries
from services.gateway.invitations import routes as invitations
from services.gateway.invitations.queries import InviterQueries
from services.gateway.modlog import routes as modlog
from services.gateway.modlog.queries import ModlogQueries
from services.gateway.operations import routes as operations
from services.gateway.pages import routes as pages
from services.gateway.pages.addresses import PageAddresses
from services.gateway.pages.static_files import Assets
from services.gateway.policy import routes as policy
from services.gateway.posts import routes as posts
from services.gateway.posts.comment_queries import CommentQueries
from services.gateway.posts.signal_commands import SignalCommands
from services.gateway.previews import routes as previews
from services.gateway.recommendations import routes as recommendations
from services.gateway.recommendations.queries import RecommendationQueries
from services.gateway.recommendations.recommender import Recommender
from services.gateway.review import routes as review
from services.gateway.review.queries import ReviewQueries
from services.gateway.search import routes as search
from services.gateway.settings import Settings
from services.gateway.stream import routes as stream
from services.gateway.timeline import routes as timeline
from services.gateway.timeline.queries import TimelineQueries
from shared.security.capabilities import CAPABILITIES


def routers(parts: Dependencies) -> list[APIRouter]:
    """Return the router of each feature, the busiest first: requests try one route after the other."""
    settings, broker, view, read = parts.settings, parts.broker, parts.view, parts.view.connection
    community_commands, interests = CommunityCommands(parts.log), InterestQueries(read)
    return [
        posts.router(
            commands=parts.posts, queries=parts.post_queries, comments=CommentQueries(read),
            signals=SignalCommands(broker), weights=parts.vote_weights, view=view,
        ),
        feed.router(broker=broker, posts=parts.post_queries, interests=interests),
        search.router(broker=broker, posts=parts.post_queries, accounts=parts.account_queries, interests=interests),
        recommendations.router(
            recommender=Recommender(broker, RecommendationQueries(read), interests)
        ),
        interest_routes.router(
            queries=interests, commands=InterestCommands(parts.log, parts.keys, interests, view),
            accounts=parts.account_queries, communities=parts.community_queries, view=view,
        ),
        timeline.router(
            queries=TimelineQueries(read), posts=parts.post_queries, traces=parts.traces,
            broker=broker, telemetry=parts.telemetry,
        ),
        *account_routers(parts),
        audit_list.router(queries=AuditListQueries(read)),
        communities.router(commands=community_commands, queries=parts.community_queries, view=view),
        stream.router(updates=parts.updates, scale=settings.rate_scale),
        review.router(
            queries=ReviewQueries(read, parts.post_queries), posts=parts.post_queries, accounts=parts.account_queries,
            claims=parts.claims, broker=broker,
        ),
        modlog.router(queries=ModlogQueries(read)),
        policy.router(policies=parts.policies),
        previews.router(
            log=parts.previews, experiment=parts.experiment, receipts=parts.receipts,
            communities=parts.community_queries, posts=parts.post_queries, broker=broker,
        ),
        drift.router(view=parts.drift),
        device.router(
            files=ModelFiles(settings.device_model_dir),
            snapshots=SnapshotBuilder(NewestPostQueries(view), VectorCache(broker)),
        ),
        imports.router(commands=ImportCommands(
            parts.posts, parts.accounts, community_commands, parts.log, users=parts.account_queries)),
        operations.router(readiness=parts.readiness, gauges=parts.gauges),
    ]  # fmt: skip


def account_routers(parts: Dependencies) -> list[APIRouter]:
    """Return the routers of accounts: sign-up and sign-in, credentials, suspensions and roles."""
    services, view = parts.account_services, parts.view
    return [
        accounts.router(
            sign_ups=services.sign_ups, queries=parts.account_queries, sessions=parts.sessions,
            entry=services.entry, posts=parts.post_queries, view=view, provider=services.oidc.shown,
        ),
        application_routes.router(
            approvals=services.approvals, applications=ApplicationQueries(view.connection),
            queries=parts.account_queries, sessions=parts.sessions, notices=services.notices, view=view,
        ),
        invitations.router(
            commands=services.invitations, queries=InviterQueries(view.connection), inviters=parts.settings.inviters
        ),
        me_routes.router(
            commands=parts.accounts, queries=parts.account_queries, sessions=parts.sessions,
            entry=services.entry, erasures=parts.erasures, posts=parts.post_queries, view=view,
        ),
        security_routes.router(
            commands=parts.accounts, queries=parts.account_queries, passwords=services.passwords,
            mails=services.mails, entry=services.entry,
        ),
        passkey_routes.router(
            commands=parts.accounts, passkeys=services.passkeys, challenges=services.challenges, entry=services.entry,
        ),
        oidc_routes.router(entry=services.oidc, identities=services.oidc.identities),
        suspension_routes.router(commands=parts.accounts, queries=parts.account_queries, view=view),
        role_routes.router(
            commands=parts.accounts, queries=parts.account_queries, communities=parts.community_queries, view=view
        ),
    ]  # fmt: skip


def create_app(settings: Settings, parts: Dependencies | None = None) -> FastAPI:
    """Return the gateway's app. `parts`: objects that a test has built; without them the real ones are built."""
    parts = parts or build_dependencies(settings)
    app = FastAPI(
        title="Ottit",
        version="1",
        description="A self-hosted community feed with AI on both sides of the wire.",
        lifespan=lambda _: running(parts),
        # FastAPI's own spans and metrics would duplicate ours, and checking for them would slow down every request.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
        servers=[{"url": settings.base_path}] if settings.base_path else None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.guard = parts.guard
    errors.install(app)
    app.add_exception_handler(LeakedSecret, handle_leaked_secret)
    describe(app)
    app.add_middleware(PreparedAnswers)
    app.add_middleware(HostCheck, allowed=settings.hosts.split(","), bound=settings.host)
    app.add_middleware(
        RequestMiddleware,
        telemetry=parts.telemetry,
        proxies=TrustedProxies(settings.trusted_proxies),
        always_https=settings.secure_cookies,
        with_subdomains=settings.hsts_subdomains,
    )
    app.add_middleware(BasePath, base_path=settings.base_path)
    app.mount("/assets", Assets(directory=settings.client_dir / "assets", check_dir=False))
    api = routers(parts)
    app.state.api_routes = [route for router in api for route in router.routes]
    page = pages.Page(settings.client_dir, parts.policies.keys, settings.base_path)
    addresses = PageAddresses(parts.post_queries, parts.account_queries, parts.community_queries)
    for router in (*api, pages.router(page, addresses=addresses)):
        refuse_unguarded(router)
        # Not `include_router`: it would search the routes of each request twice, through a layer for each router.
        app.router.routes.extend(router.routes)
    return app


def refuse_unguarded(router: APIRouter) -> None:
    """Refuse to start with a route that has no capability.

    Raises:
        LookupError: naming the route.
    """
    for route in router.routes:
        if not isinstance(route, APIRoute) or capability_of(route) not in CAPABILITIES:
            raise LookupError(f"{getattr(route, 'path', route)} has no capability of the table")
