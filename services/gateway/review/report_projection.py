"""What a reader's report does to the view."""

from services.gateway.view.change_set import ChangeSet, Report
from shared.log.events import Event, ReportFiled


def fold_report(world: ChangeSet, event: Event, fact: ReportFiled, reason: str | None) -> None:
    """A published post that is reported waits for a person, and stays published meanwhile.

    An edit settles nothing: what was said stands until a person has decided.
    """
    post = world.posts.get(fact.post_id)
    if post is None or post.state == "withdrawn":
        return
    said = None if fact.reporter_id in world.erased else reason
    world.reports.append(Report(post.id, event.sequence, fact.revision, fact.reporter_id, said))
    post.reported = post.reported or event.sequence
    post.waiting = post.waiting or post.state == "published"
    world.touched.add(post.id)
