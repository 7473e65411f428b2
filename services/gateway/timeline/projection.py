"""Folds every fact of a post, and the storing of its vector, into the post's timeline."""

from services.gateway.view.change_set import ChangeSet, Opened
from shared.log.events import Event


def fold_timeline(change_set: ChangeSet, event: Event, opened: Opened) -> None:
    """Add a fact to the timeline of its post."""
    change_set.timeline.append(event)
