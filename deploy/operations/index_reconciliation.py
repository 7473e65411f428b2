"""Makes a running embeddings service compare its index with the log."""

import asyncio
from collections.abc import Callable

from nats.aio.client import Client

from shared.log.operator_requests import (
    IndexReport,
    ReconcileRequest,
    ReconcileState,
    reconcile_subject,
    reconciliation_subject,
    request_all,
    request_one,
)

SERVICE = "embeddings"
POLL_S = 0.25  # between two looks at the progress
# A replica that encodes answers between two batches; only after this long without an answer it counts as gone.
SILENCE_S = 30.0


class NotCompared(Exception):
    """The index was not compared, or the comparison did not end."""


async def reconcile_index(broker: Client, *, dry_run: bool, on_progress: Callable[[str], None]) -> IndexReport:
    """Let one replica compare the index with the log and repair it, and wait for the result.

    Replicas share one index on a Qdrant server, so one of them is enough.

    Raises:
        NotCompared: no replica answers, the replica refused, or the comparison failed.
    """
    replicas = [ReconcileState.model_validate_json(one) for one in await request_all(broker, _states())]
    if not replicas:
        raise NotCompared(
            f"{SERVICE} does not answer. See `ottit status`; if it does not come back, restart it. "
            "Once it runs, it compares the index by itself, first after five minutes."
        )
    replica = replicas[0].replica
    request = ReconcileRequest(replica=replica, dry_run=dry_run).model_dump_json().encode()
    answer = await request_one(broker, reconcile_subject(SERVICE), request)
    if answer is None:
        raise NotCompared(f"{SERVICE} {replica} has ended. Repeat the command.")
    if refused := ReconcileState.model_validate_json(answer).failed:
        raise NotCompared(f"{refused}. Repeat the command later; `ottit status` shows the state of the index.")
    return await _result(broker, replica, on_progress)


async def _result(broker: Client, replica: str, on_progress: Callable[[str], None]) -> IndexReport:
    silent_s = 0.0
    while silent_s < SILENCE_S:
        answers = await request_all(broker, _states())
        states = [ReconcileState.model_validate_json(one) for one in answers]
        state = next((state for state in states if state.replica == replica), None)
        silent_s = 0.0 if state else silent_s + POLL_S
        if state and state.failed:
            raise NotCompared(f"{state.failed}. What was repaired stays repaired; repeat the command later.")
        if state and state.report:
            return state.report
        on_progress(state.progress if state else "waiting for an answer")
        if answers and not state:
            break  # others answer, so this one has ended
        await asyncio.sleep(POLL_S)
    raise NotCompared(f"{SERVICE} {replica} has ended. What was repaired stays repaired; repeat the command.")


def _states() -> str:
    return reconciliation_subject(SERVICE)
