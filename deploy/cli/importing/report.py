"""What an import came to, in words."""

from dataclasses import dataclass
from pathlib import Path

from deploy.cli.importing.journal import Progress


@dataclass(frozen=True)
class Report:
    """The whole import in `progress`, this run of it in `accepted_now` and in `seconds`, until all was indexed.

    `outcomes` counts the import's posts by decision; None where the log is out of reach.
    """

    progress: Progress
    accepted_now: int
    seconds: float
    refused_file: Path
    outcomes: dict[str, int] | None

    def lines(self) -> list[str]:
        """The report for a person."""
        progress = self.progress
        lines = [f"{progress.accepted} posts accepted, {progress.repeated} were there already."]
        for code, count in sorted(progress.refused.items(), key=lambda item: -item[1]):
            lines.append(f"Refused ({code}): {count}")
        if progress.refused:
            lines.append(f"Every refused row with its line and reason: {self.refused_file}")
        if self.outcomes:
            decided = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self.outcomes.items()))
            lines.append(f"Decided: {decided}.")
        lines.append(f"{self.seconds:.1f} s in this run, until the last post was indexed{self._rates()}.")
        return lines

    def _rates(self) -> str:
        progress = self.progress
        if not self.accepted_now or not progress.seconds:
            return ""
        through, submitted = self.accepted_now / self.seconds, progress.submitted / progress.seconds
        return f": {through:.0f} posts/s through the pipeline, {submitted:.0f}/s submitted"
