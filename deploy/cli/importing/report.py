"""The final report of an import, with the outcomes read from the log."""

from dataclasses import dataclass

from nats.aio.client import Client

from deploy.cli.importing.journal import Progress
from deploy.cli.importing.staging import Staging
from shared.log.events import PostDecided, decode
from shared.log.read_to_end import read_to_end


async def last_sequence(broker: Client) -> int:
    """Return the log's last sequence."""
    info = await broker.jetstream().stream_info("EVENTS")
    return int(info.state.last_seq)


async def count_outcomes(broker: Client, staging: Staging, after: int) -> dict[str, int]:
    """Count the last decisions on the file's posts by outcome, from the log after sequence `after`.

    Raises:
        nats.errors.TimeoutError: the broker became unavailable.
    """
    database = staging.connection
    database.execute("UPDATE rows SET outcome = NULL WHERE outcome IS NOT NULL")
    database.execute("BEGIN")
    try:
        async for message in read_to_end(broker, "EVENTS", after, PostDecided.subject("*")):
            event = decode(message.data, message.metadata.sequence.stream)
            if isinstance(event.data, PostDecided):
                values = (event.data.outcome, event.entity_id)
                database.execute("UPDATE rows SET outcome = ? WHERE post_id = ? AND NOT removed", values)
    finally:
        database.execute("COMMIT")
    query = "SELECT outcome, count(*) FROM rows WHERE outcome IS NOT NULL GROUP BY outcome"
    return dict(database.execute(query).fetchall())


@dataclass(frozen=True)
class Report:
    """The result of an import. `accepted_now` and `seconds` (until all posts were indexed) are of this run only.

    `remarks` and `refusals` are lines of the summary; `outcomes` counts posts by decision, None if the log cannot be
    read.
    """

    progress: Progress
    accepted_now: int
    seconds: float
    outcomes: dict[str, int] | None
    remarks: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Format the report."""
        progress = self.progress
        lines = [f"{progress.accepted} posts accepted, {progress.repeated} already existed.", *self.remarks]
        lines += self.refusals or ["No row was refused."]
        if self.outcomes:
            decided = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self.outcomes.items()))
            lines.append(f"Decided: {decided}.")
        lines.append(f"This run took {self.seconds:.1f} s until the last post was indexed{self._rates()}.")
        return lines

    def _rates(self) -> str:
        progress = self.progress
        if not self.accepted_now or not progress.seconds:
            return ""
        through, submitted = self.accepted_now / self.seconds, progress.submitted / progress.seconds
        return f": {through:.0f} posts/s through the pipeline, {submitted:.0f}/s submitted"
