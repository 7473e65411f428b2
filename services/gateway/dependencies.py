"""Builds, starts and closes the gateway's objects. Only `app.py` and `__main__.py` import this module."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from nats.aio.client import Client

from services.gateway.accounts.account_services import AccountServices, Connections
from services.gateway.accounts.application_queries import ApplicationQueries
from services.gateway.accounts.commands import AccountCommands
from services.gateway.accounts.erasure import Erasures
from services.gateway.accounts.lost_entries import LostEntries
from services.gateway.accounts.queries import AccountQueries
from services.gateway.accounts.sessions import Sessions
from services.gateway.communities.queries import CommunityQueries
from services.gateway.drift.drift_view import DriftView
from services.gateway.http.guard import Guard
from services.gateway.http.rate_limiter import Limiter
from services.gateway.http.use_counts import UseCounts
from services.gateway.http.use_exchange import UseExchange
from services.gateway.operations.advice import advice
from services.gateway.operations.health import own_health, view_lag
from services.gateway.operations.operator_requests import answer_operator
from services.gateway.operations.readiness import Readiness
from services.gateway.policy.verified_policies import VerifiedPolicies
from services.gateway.posts.commands import PostCommands
from services.gateway.posts.queries import PostQueries
from services.gateway.posts.vote_persistence import counts, tally_votes
from services.gateway.posts.vote_weight_queries import VoteWeights
from services.gateway.previews.experiment_assignment import ExperimentAssignment
from services.gateway.previews.preview_recorder import PreviewRecorder
from services.gateway.previews.receipts import Receipts
from services.gateway.projections import fold
from services.gateway.review.claims import Claims
from services.gateway.review.reviewers import posts_without_reviewer
from services.gateway.settings import Settings
from services.gateway.stream.live_updates import LiveUpdates
from services.gateway.stream.queries import StreamQueries
from services.gateway.timeline.trace_owners import TraceOwners
from services.gateway.timeline.trace_retention import TraceRetention
from services.gateway.view.projector import Projections
from services.gateway.view.view import View
from shared.log.append import Log
from shared.log.gauges import dead_letter_gauge, loss_gauge
from shared.log.stream_marks import StreamMarks
from shared.loop_watchdog import watching_loop
from shared.messaging.broker import PING_EVERY_S
from shared.messaging.closed_connection import ending_if_closed
from shared.problems import StorageFull
from shared.security.data_keys import DataKeyStore
from shared.security.sealing import master_keys
from shared.telemetry.disk_space import DiskSpace
from shared.telemetry.metrics import Gauges
from shared.telemetry.status_server import serve_status
from shared.telemetry.tracing import Telemetry

PROJECTIONS = Projections(fold, tally_votes, counts)


@dataclass(frozen=True)
class Dependencies:
    """Objects that are started and closed, or shared. No feature sees this class: each gets only what it uses."""

    settings: Settings
    telemetry: Telemetry
    broker: Client
    log: Log
    keys: DataKeyStore
    view: View
    drift: DriftView
    accounts: AccountCommands
    account_queries: AccountQueries
    community_queries: CommunityQueries
    post_queries: PostQueries
    vote_weights: VoteWeights
    sessions: Sessions
    account_services: AccountServices
    erasures: Erasures
    posts: PostCommands
    policies: VerifiedPolicies
    claims: Claims
    previews: PreviewRecorder
    experiment: ExperimentAssignment
    receipts: Receipts
    updates: LiveUpdates
    traces: TraceOwners
    retention: TraceRetention
    guard: Guard
    uses: UseExchange
    gauges: Gauges
    readiness: Readiness
    lost: LostEntries
    marks: StreamMarks


def build_dependencies(settings: Settings) -> Dependencies:
    """Build the objects around a broker that is not connected yet.

    Raises:
        ValueError: the master key or the policy keys are malformed.
    """
    telemetry, broker = Telemetry(settings), Client()
    master_key = settings.master_key.get_secret_value()
    keys, log, traces = DataKeyStore(broker, master_key), Log(broker), TraceOwners()
    policies, view = VerifiedPolicies(broker, log, settings.policy_keys), _view(settings, broker, keys, log)
    drift_view, read = _drift_view(settings, broker, policies), view.connection
    account_queries, post_queries, community_queries = AccountQueries(read), PostQueries(read), CommunityQueries(read)
    signing_key, weights = master_keys(master_key)[0], VoteWeights(view.connection, settings.new_account_days)
    services = AccountServices.build(settings, account_queries, Connections(broker, log, keys, view, weights.of))
    experiment = ExperimentAssignment(settings.preview_mode, settings.preview_off_share, signing_key)
    disk = DiskSpace(settings.data_dir, settings.disk_reserve_mib)
    marks, preview_log = StreamMarks(broker), PreviewRecorder(broker, keys, experiment)
    lost, uses = LostEntries(broker, view, account_queries, keys), UseExchange(broker, UseCounts(signing_key))
    return Dependencies(
        settings=settings,
        telemetry=telemetry,
        broker=broker,
        log=log,
        keys=keys,
        view=view,
        drift=drift_view,
        accounts=services.commands,
        account_queries=account_queries,
        community_queries=community_queries,
        post_queries=post_queries,
        vote_weights=weights,
        sessions=services.sessions,
        account_services=services,
        erasures=services.erasures,
        posts=PostCommands(log, keys, post_queries, community_queries, on_accepted=preview_log.note_submission),
        policies=policies,
        claims=Claims(broker),
        previews=preview_log,
        experiment=experiment,
        receipts=Receipts(signing_key),
        updates=LiveUpdates(view, post_queries, StreamQueries(view.connection), telemetry),
        traces=traces,
        retention=TraceRetention(broker, view),
        guard=_guard(settings, services.sessions, account_queries, uses=uses, traces=traces, log=log, disk=disk),
        uses=uses,
        gauges=_gauges(telemetry, broker, view, drift_view, lambda: {*marks.losses, *lost.losses}),
        readiness=Readiness(broker, view, log.integrity, disk, _losses(lost, marks, view), _advice(settings, view)),
        lost=lost,
        marks=marks,
    )


def _view(settings: Settings, broker: Client, keys: DataKeyStore, log: Log) -> View:
    folder, within_s = settings.data_dir / "gateway", settings.scrub_within_s
    return View(folder, broker, keys, PROJECTIONS, log.integrity, scrub_within_s=within_s)


def _gauges(
    telemetry: Telemetry, broker: Client, view: View, drift: DriftView, losses: Callable[[], set[str]]
) -> Gauges:
    readings = view_lag(view), drift.gauge_readings, dead_letter_gauge(broker), loss_gauge(losses)
    return Gauges(telemetry.metrics, *readings)


def _advice(settings: Settings, view: View) -> Callable[[], Iterable[str]]:
    read, waiting = view.connection, ApplicationQueries(view.connection).waiting
    return lambda: advice(posts_without_reviewer(read, datetime.now(UTC)), waiting(), settings.sign_ups)


def _losses(lost: LostEntries, marks: StreamMarks, view: View) -> Callable[[], tuple[str, ...]]:
    return lambda: (lost.finding, marks.finding, view.refused)


def _drift_view(settings: Settings, broker: Client, policies: VerifiedPolicies) -> DriftView:
    folder, mode, fewest = settings.data_dir / "gateway", settings.preview_mode, settings.drift_fewest_people
    return DriftView(folder, broker, mode, recent_models=policies.recent_models, fewest_people=fewest)


def _guard(
    settings: Settings, sessions: Sessions, users: AccountQueries,
    *, uses: UseExchange, traces: TraceOwners, log: Log, disk: DiskSpace,
) -> Guard:  # fmt: skip
    async def require_writable_log() -> None:
        if disk.problem:
            raise StorageFull("The server has no room left, so nothing was stored. The operator must free some.")
        await log.integrity.require_intact()

    return Guard(
        sessions,
        users,
        traces,
        limiter=Limiter(settings.rate_scale, counts=uses.counts),
        require_writable_log=require_writable_log,
    )


@asynccontextmanager
async def running(parts: Dependencies) -> AsyncIterator[None]:
    """Connect and start everything; close it at the end."""
    await connect(parts.broker, parts.settings)
    parts.telemetry.export_to(parts.broker)
    # The marks first: what this process writes must not hide that a stream has lost its end.
    await parts.marks.start()
    for starting in (
        parts.keys,
        parts.accounts,
        parts.account_services.invitations,
        parts.sessions,
        parts.policies,
        parts.claims,
        parts.view,
        parts.drift,
        parts.uses,
    ):
        await starting.start()
    await answer_operator(parts.broker, parts.view, parts.readiness)
    parts.erasures.start()
    parts.lost.start()
    health = partial(own_health, parts.broker, parts.view, parts.log.integrity)
    async with serve_status(parts.settings, health, parts.gauges), watching_loop(), ending_if_closed(parts.broker):
        yield
    parts.updates.close()
    for closing in (
        parts.account_services.mailer,
        parts.account_services.oidc.provider,
        parts.uses,
        parts.retention,
        parts.lost,
        parts.marks,
        parts.erasures,
        parts.previews,
        parts.drift,
        parts.view,
        parts.sessions,
    ):
        await closing.close()
    for last in (parts.keys, parts.telemetry, parts.broker):
        await last.close()


async def connect(broker: Client, settings: Settings) -> None:
    """Connect to the broker; the client reconnects without end."""
    await broker.connect(
        settings.broker_url,
        name="ottit-gateway",
        user="gateway",
        password=settings.broker_password.get_secret_value(),
        inbox_prefix=b"_INBOX_gateway",
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        ping_interval=PING_EVERY_S,
    )
