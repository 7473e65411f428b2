"""Folds reports into the view."""

from services.gateway.view.change_set import ChangeSet, Opened, Post, Report
from shared.log.events import Event, ReportFiled


def fold_report(change_set: ChangeSet, event: Event, opened: Opened) -> None:
    """Put a reported post into the review queue; it stays published meanwhile.

    An edit does not settle a report: it counts until a moderator decides. `opened`: the reason.
    """
    fact = event.data
    if not isinstance(fact, ReportFiled):
        return
    post = change_set.posts.get(fact.post_id)
    if post is None or post.state == "withdrawn" or change_set.is_repeat(event):
        return
    reason = opened if isinstance(opened, str) and fact.reporter_id not in change_set.erased else None
    change_set.reports.append(Report(post.id, event.sequence, fact.revision, fact.reporter_id, reason, fact.weight))
    _add_weight(change_set, post, fact)
    post.reported = post.reported or event.sequence
    post.waiting = post.waiting or post.state == "published"
    change_set.touched.add(post.id)


def _add_weight(change_set: ChangeSet, post: Post, fact: ReportFiled) -> None:
    """Count each reporter once, also if they reported an earlier revision: with their largest weight."""
    reporter = (post.id, fact.reporter_id)
    before = change_set.open_reports.get(reporter, 0) if post.reported else 0
    post.report_weight += max(0, fact.weight - before)
    change_set.open_reports[reporter] = max(fact.weight, before)
