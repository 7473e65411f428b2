"""What an import came to, in words."""

from dataclasses import dataclass
from pathlib import Path

from deploy.cli.importing.journal import Progress


@dataclass(frozen=True)
class Report:
    """`seconds` is this run's time until everything was indexed; `outcomes` is None where the log is out of reach."""

    progress: Progress
    seconds: float
    refused_file: Path
    outcomes: dict[str, int] | None

    def lines(self) -> list[str]:
        """The report for a person."""
        progress = self.progress
        lines = [f"{progress.accepted} posts accepted, {progress.repeated} were there already."]
        for code, count in sorted(progress.refused.items(), key=lambda item: -item[1]):
            lines.append(f"{count} rows refused: {code}")
        if progress.refused:
            lines.append(f"Every refused row with its line and reason: {self.refused_file}")
        if self.outcomes:
            decided = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self.outcomes.items()))
            lines.append(f"Decided: {decided}.")
        lines.append(f"{self.seconds:.1f} s from the first row to the last post indexed{self._rates()}.")
        return lines

    def _rates(self) -> str:
        progress = self.progress
        if not progress.accepted or not progress.seconds or self.seconds <= 0:
            return ""
        through, submitted = progress.accepted / self.seconds, progress.submitted / progress.seconds
        return f": {through:.0f} posts/s through the pipeline, {submitted:.0f}/s submitted"
