"""What moderation has to know about one post: a pure fold over the post's own events."""

from dataclasses import dataclass, replace

from shared.events import Event, Outcome, PostAppealed, PostDecided, PostEdited, PostSubmitted, PostWithdrawn


@dataclass(frozen=True, slots=True)
class Judged:
    """One decision in the log; `sequence` is its own place there."""

    revision: int
    outcome: Outcome
    by_person: bool
    sequence: int


@dataclass(frozen=True, slots=True)
class CaseState:
    """One post as its events so far have left it.

    `revision_sequence` is the event that wrote the latest revision: what a decision names as judged.
    `last_sequence` is the post's last event: what an append must expect, so that nothing comes in between.
    `content` is sealed with the author's key.
    """

    post_id: str
    author_id: str
    community: str
    content: str
    content_hash: str
    revision: int
    revision_sequence: int
    last_sequence: int
    withdrawn: bool = False
    appealed: int | None = None  # the revision that the author last appealed for
    decisions: tuple[Judged, ...] = ()

    @property
    def decision(self) -> Judged | None:
        """The last decision on the latest revision; None while it waits."""
        return next((judged for judged in reversed(self.decisions) if judged.revision == self.revision), None)

    @property
    def awaits_engine(self) -> bool:
        """Whether an engine still has to decide: nobody has, and the author has not taken it back."""
        return not self.withdrawn and self.decision is None

    @property
    def awaits_person(self) -> bool:
        """Whether a person has to look: it is held, or the author appeals, and no person has decided since."""
        decision = self.decision
        if self.withdrawn or decision is None or decision.by_person:
            return False
        return decision.outcome == "held" or self.appealed == self.revision


def apply(state: CaseState | None, event: Event) -> CaseState | None:
    """The case after one more event of its post, in log order. A repeat changes nothing; None before a submission."""
    if isinstance(event.data, PostSubmitted):
        return state or _submitted(event, event.data)
    if state is None or event.sequence <= state.last_sequence:
        return state
    return _advance(replace(state, last_sequence=event.sequence), event)


def _submitted(event: Event, data: PostSubmitted) -> CaseState:
    return CaseState(
        post_id=event.entity_id,
        author_id=data.author_id,
        community=data.community,
        content=data.content,
        content_hash=data.content_hash,
        revision=data.revision,
        revision_sequence=event.sequence,
        last_sequence=event.sequence,
    )


def _advance(state: CaseState, event: Event) -> CaseState:
    match event.data:
        case PostEdited() as edit if edit.revision > state.revision:
            return replace(
                state,
                content=edit.content,
                content_hash=edit.content_hash,
                revision=edit.revision,
                revision_sequence=event.sequence,
            )
        case PostWithdrawn():
            return replace(state, withdrawn=True)
        case PostAppealed() as appeal:
            return replace(state, appealed=appeal.revision)
        case PostDecided() as data:
            judged = Judged(data.revision, data.outcome, data.decided_by == "person", event.sequence)
            return replace(state, decisions=(*state.decisions, judged))
        case _:
            return state
