"""What can be wrong with a policy: one error, which names the file and the key."""

from pathlib import Path


class PolicyError(ValueError):
    """A policy that must not be used.

    `problems` holds one line for each fault, each beginning with the key that is at fault
    (`rules.3.patterns.0: ...`), so that whoever edits the file can go straight to it.
    """

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{path}: {problem}" for problem in problems))


class DialectError(ValueError):
    """A pattern outside the dialect. `position` counts code points from 0."""

    def __init__(self, pattern: str, position: int, reason: str) -> None:
        self.pattern = pattern
        self.position = position
        self.reason = reason
        super().__init__(f"position {position}: {reason}")
