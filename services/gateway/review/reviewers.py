"""Counts posts that wait for a decision which nobody may make, such as a held post of the only administrator."""

from datetime import datetime

from services.gateway.view.change_set import time_of
from services.gateway.view.read_connection import ReadConnection

# The rank that a role gives for a post `p`, as `rank_in` of `shared/roles/ranks.py`.
_RANK = """CASE WHEN {0}.community = '' THEN CASE {0}.role WHEN 'admin' THEN 3 WHEN 'moderator' THEN 2 ELSE 0 END
    WHEN {0}.community = p.community AND {0}.role IN ('moderator', 'admin') THEN 1 ELSE 0 END"""
# As `check_review`: somebody else, who moderates there and does not rank below the author.
WITHOUT_REVIEWER = f"""SELECT count(*) AS posts FROM posts p
    WHERE p.waiting AND (:author_id IS NULL OR p.author_id = :author_id) AND NOT EXISTS (
        SELECT 1 FROM roles r JOIN users u ON u.id = r.user_id
        WHERE r.user_id <> p.author_id AND NOT u.erased AND u.approval = 'approved'
        AND coalesce(u.suspended_until, '') <= :now
        AND {_RANK.format("r")} >= max(1, (
            SELECT coalesce(max({_RANK.format("a")}), 0) FROM roles a WHERE a.user_id = p.author_id)))"""


def posts_without_reviewer(connection: ReadConnection, now: datetime, author_id: str | None = None) -> int:
    """Return how many posts wait that nobody may decide on. `author_id`: only posts of this user."""
    row = connection.row(WITHOUT_REVIEWER, {"author_id": author_id, "now": time_of(now)})
    return int(row["posts"]) if row else 0
