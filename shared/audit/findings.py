"""The result of comparing the log with its signed checkpoints: one sentence for each finding."""

from dataclasses import dataclass, field

from shared.log.losses import as_ranges


@dataclass
class AuditResult:
    """The result of an audit. All sequences are those of facts in `EVENTS`.

    `audited`: the last signed sequence. `missing`: signed facts, or facts before newer ones, that are not in the log.
    `changed`: facts whose bytes are not those that were signed. `other`: sentences about the log as a whole.
    `checkpoint_problems`: sentences about checkpoints that prove nothing, which says nothing bad about the facts.
    """

    facts: int = 0
    checkpoints: int = 0
    audited: int = 0
    missing: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    checkpoint_problems: list[str] = field(default_factory=list)

    @property
    def first(self) -> int | None:
        """The first sequence that is missing or changed."""
        return min([*self.missing, *self.changed], default=None)

    @property
    def log_findings(self) -> list[str]:
        """A sentence for each kind of damage to the log."""
        sentences = []
        if self.missing:
            sentences.append(f"{as_ranges(self.missing)} missing.")
        if self.changed:
            sentences.append(f"{as_ranges(self.changed)} not what was signed.")
        return [f"{sentence[0].upper()}{sentence[1:]}" for sentence in sentences] + self.other

    @property
    def findings(self) -> list[str]:
        """All findings, the most important first."""
        return self.log_findings + self.checkpoint_problems

    @property
    def intact(self) -> bool:
        """True if the log matches all of its checkpoints."""
        return not self.findings
