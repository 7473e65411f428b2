"""Folds into the view what readers are not interested in."""

from services.gateway.view.change_set import ChangeSet, Opened, time_of
from shared.log.events import Event, InterestChanged


def fold_interest(change_set: ChangeSet, event: Event, opened: Opened) -> None:
    """Fold a change of a reader's interest. `opened`: its kind and target; without them nothing is known."""
    fact, reader_id = event.data, event.entity_id
    if not isinstance(fact, InterestChanged) or not isinstance(opened, tuple) or reader_id in change_set.erased:
        return
    if change_set.is_repeat(event):
        return
    kind, target = opened
    change_set.not_interested[reader_id, kind, target] = None if fact.interested else time_of(event.occurred_at)
