"""Answers the operator's requests to compare the index with the log."""

import asyncio
from collections.abc import Callable

from nats.aio.client import Client
from nats.aio.msg import Msg

from services.embeddings.index_maintenance import FAILURES, failure_text
from services.embeddings.reconciliation import Comparison, NotCaughtUp, Order, Reconciliation
from shared.log.operator_requests import (
    IndexReport,
    ReconcileRequest,
    ReconcileState,
    reconcile_subject,
    reconciliation_subject,
    this_replica,
)
from shared.tasks import cancel_and_wait, failure_reason, start_background

# The ids of this many posts of each kind are reported: 36 bytes each, and a message has at most 1 MB.
IDS_REPORTED = 100
CATCH_UP_S = 60.0
UNDER_WAY = "a comparison is already running"


class ReconcileRequests:
    """Runs one comparison at a time on request. `obstacle` returns why the index cannot be compared now, or nothing."""

    def __init__(self, reconciliation: Reconciliation, broker: Client, obstacle: Callable[[], str]) -> None:
        self._reconciliation, self._broker, self._obstacle = reconciliation, broker, obstacle
        self._task: asyncio.Task[None] | None = None
        self._state = ReconcileState(replica=this_replica())

    async def serve(self, service: str) -> None:
        """Answer until the connection ends."""
        await self._broker.subscribe(reconcile_subject(service), cb=self._start)
        await self._broker.subscribe(reconciliation_subject(service), cb=self._report)

    async def close(self) -> None:
        """Stop a running comparison. What it has repaired stays repaired."""
        await cancel_and_wait(self._task)

    async def _start(self, message: Msg) -> None:
        request = ReconcileRequest.model_validate_json(message.data)
        if request.replica != self._state.replica:
            return  # this one answers
        refused = UNDER_WAY if self._task and not self._task.done() else self._obstacle()
        if not refused:
            self._set(progress="starting")
            self._task = start_background(self._compare(repair=not request.dry_run), "reconcile")
        reply = ReconcileState(replica=self._state.replica, failed=refused)
        await message.respond(reply.model_dump_json().encode())

    async def _report(self, message: Msg) -> None:
        state = self._state
        if failed := failure_reason(self._task):
            state = ReconcileState(replica=state.replica, failed=failed)
        await message.respond(state.model_dump_json().encode())

    async def _compare(self, *, repair: bool) -> None:
        order = Order(repair=repair, by="at the operator's request", contents=None, catch_up_s=CATCH_UP_S)
        try:
            await self._carry_out(order)
        except* FAILURES as failed:
            self._set(failed=failure_text(failed))

    async def _carry_out(self, order: Order) -> None:
        try:
            comparison = await self._reconciliation.compare(order, lambda progress: self._set(progress=progress))
        except NotCaughtUp as error:
            self._set(failed=str(error))
        else:
            self._set(report=report_of(comparison, repaired=order.repair))

    def _set(self, *, progress: str = "", failed: str = "", report: IndexReport | None = None) -> None:
        self._state = ReconcileState(replica=self._state.replica, progress=progress, failed=failed, report=report)


def report_of(comparison: Comparison, *, repaired: bool) -> IndexReport:
    """Return the report of a comparison, with at most `IDS_REPORTED` ids of each kind."""
    posts = {kind: ids for kind, ids in comparison.found.posts().items() if ids}
    return IndexReport(
        compared=comparison.compared,
        found={kind: len(ids) for kind, ids in posts.items()},
        posts={kind: tuple(ids[:IDS_REPORTED]) for kind, ids in posts.items()},
        unreadable=len(comparison.unreadable),
        why=dict(list(comparison.unreadable.items())[:IDS_REPORTED]),
        repaired=repaired,
    )
