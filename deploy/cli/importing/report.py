"""The final report of an import, with the outcomes read from the log."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from nats.aio.client import Client

from deploy.cli.importing.journal import Progress
from deploy.cli.importing.source import Position, Row, Source, parse_row
from services.gateway.imports.commands import post_id_of
from shared.log.events import PostDecided, decode
from shared.log.read_to_end import read_to_end


async def last_sequence(broker: Client) -> int:
    """Return the log's last sequence."""
    info = await broker.jetstream().stream_info("EVENTS")
    return int(info.state.last_seq)


async def count_outcomes(broker: Client, source: Source, after: int) -> dict[str, int]:
    """Count the last decisions on the file's posts by outcome, from the log after sequence `after`.

    Raises:
        nats.errors.TimeoutError: the broker became unavailable.
    """
    post_ids = _post_ids(source)
    outcomes: dict[str, str] = {}
    async for message in read_to_end(broker, "EVENTS", after, PostDecided.subject("*")):
        event = decode(message.data, message.metadata.sequence.stream)
        if isinstance(event.data, PostDecided) and event.entity_id in post_ids:
            outcomes[event.entity_id] = event.data.outcome
    return dict(Counter(outcomes.values()))


def _post_ids(source: Source) -> set[str]:
    rows = (parse_row(line.number, line.content) for line in source.lines(Position()))
    return {post_id_of(row.id) for row in rows if isinstance(row, Row)}


@dataclass(frozen=True)
class Report:
    """The result of an import. `accepted_now` and `seconds` (until all posts were indexed) are of this run only.

    `outcomes` counts posts by decision; None if the log cannot be read.
    """

    progress: Progress
    accepted_now: int
    seconds: float
    refused_file: Path
    outcomes: dict[str, int] | None

    def lines(self) -> list[str]:
        """Format the report."""
        progress = self.progress
        lines = [f"{progress.accepted} posts accepted, {progress.repeated} already existed."]
        for code, count in sorted(progress.refused.items(), key=lambda item: -item[1]):
            lines.append(f"Refused ({code}): {count}")
        if progress.refused:
            lines.append(f"Refused rows with line numbers and reasons: {self.refused_file}")
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
