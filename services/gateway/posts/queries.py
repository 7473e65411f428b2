"""Reads posts as a viewer may see them."""

from collections.abc import Sequence
from typing import NamedTuple

from services.gateway.http.caller import Caller
from services.gateway.posts.post_mapping import JOINS, SELECT, PostRow, Viewer, post_of
from services.gateway.posts.schemas import Post, Votes, VotesAnswer
from services.gateway.view.change_set import State
from services.gateway.view.read_connection import ReadConnection, as_json
from services.gateway.view.tables import IS_PUBLIC
from shared.log.events import FULL_WEIGHT
from shared.problems import NotFound


class PostStatus(NamedTuple):
    """The state of a post, independent of the viewer. `sequence`: that of its last fact."""

    author_id: str
    community: str
    state: State
    revision: int
    sequence: int
    root_id: str | None
    parent_id: str | None


class PublishedCounts(NamedTuple):
    """Numbers of a user's published posts and comments."""

    posts: int
    comments: int


class PostQueries:
    """Reads posts, their votes and their states."""

    def __init__(self, connection: ReadConnection) -> None:
        self._connection = connection

    def visible(self, post_id: str, caller: Caller) -> Post:
        """Return the post as this caller may see it.

        Raises:
            NotFound: it does not exist or is hidden from them.
        """
        status = self.status(post_id)
        moderator = status is not None and caller.moderates(status.community)
        post = self.post(post_id, caller.id, moderator)
        if post is None:
            raise NotFound("This post does not exist or is not public.")
        return post

    def post(self, post_id: str, viewer_id: str | None, moderator: bool = False) -> Post | None:
        """Return one post; None if this viewer may not see it."""
        return self.posts([post_id], viewer_id, moderator).get(post_id)

    def posts(self, post_ids: Sequence[str], viewer_id: str | None, moderator: bool = False) -> dict[str, Post]:
        """Return many posts by id in one query; those that this viewer may not see are left out."""
        viewer = Viewer(viewer_id, moderator)
        # CROSS JOIN holds the planner to this order: from the given ids to their posts.
        query = f"{SELECT} FROM json_each(:ids) j CROSS JOIN posts p ON p.id = j.value {JOINS}"
        rows = self._connection.records(PostRow, query, {"ids": as_json(list(post_ids)), "viewer": viewer_id})
        return {row.id: post for row in rows if (post := post_of(row, viewer))}

    def own_posts(self, user_id: str, before_sequence: int | None, limit: int) -> list[Post]:
        """Return a user's posts and comments in every state, last changed first.

        The next page continues before `[-1].sequence`.
        """
        query = f"""{SELECT} FROM posts p {JOINS} WHERE p.author_id = :viewer AND t.post_id IS NOT NULL
            AND p.sequence < coalesce(:before, 9e18) ORDER BY p.sequence DESC LIMIT :limit"""
        values = {"viewer": user_id, "before": before_sequence, "limit": limit}
        rows = self._connection.records(PostRow, query, values)
        return [post for row in rows if (post := post_of(row, Viewer(user_id)))]

    def published_by(self, author_id: str, viewer_id: str | None, limit: int) -> list[Post]:
        """Return a user's published posts and comments, last changed first."""
        query = f"""{SELECT} FROM posts p {JOINS} WHERE p.author_id = :author AND {IS_PUBLIC}
            ORDER BY p.sequence DESC LIMIT :limit"""
        values = {"author": author_id, "viewer": viewer_id, "limit": limit}
        rows = self._connection.records(PostRow, query, values)
        return [post for row in rows if (post := post_of(row, Viewer(viewer_id)))]

    def published_counts(self, author_id: str) -> PublishedCounts:
        """Count a user's published posts and comments."""
        (counted,) = self._connection.records(
            PublishedCounts,
            f"""SELECT count(*) FILTER (WHERE p.parent_id IS NULL) AS posts,
                count(*) FILTER (WHERE p.parent_id IS NOT NULL) AS comments
                FROM posts p LEFT JOIN posts r ON r.id = p.root_id WHERE p.author_id = :id AND {IS_PUBLIC}""",
            {"id": author_id},
        )
        return counted

    def status(self, post_id: str) -> PostStatus | None:
        """Return the state of a post, independent of the viewer; None if it does not exist."""
        found = self._connection.records(
            PostStatus,
            "SELECT author_id, community, state, revision, sequence, root_id, parent_id FROM posts WHERE id = :id",
            {"id": post_id},
        )
        return found[0] if found else None

    def is_public(self, post_id: str) -> bool:
        """Return whether everybody may see a post: it is published, and so is the post that it comments on."""
        query = f"SELECT 1 FROM posts p LEFT JOIN posts r ON r.id = p.root_id WHERE p.id = :id AND {IS_PUBLIC}"
        return self._connection.row(query, {"id": post_id}) is not None

    def votes(self, post_id: str, viewer_id: str | None) -> VotesAnswer | None:
        """Return a post's votes and the viewer's own; None if the post does not exist."""
        row = self._connection.row(
            f"""SELECT coalesce(n.up, 0) / {FULL_WEIGHT} AS up, coalesce(n.down, 0) / {FULL_WEIGHT} AS down,
                p.origin_score, coalesce(v.value, 0) AS my_vote
                FROM posts p LEFT JOIN vote_counts n ON n.post_id = p.id
                LEFT JOIN votes v ON v.post_id = p.id AND v.user_id = :viewer WHERE p.id = :id""",
            {"id": post_id, "viewer": viewer_id},
        )
        if row is None:
            return None
        votes = Votes.model_construct(
            up=row["up"], down=row["down"], score=row["up"] - row["down"] + row["origin_score"]
        )
        return VotesAnswer.model_construct(votes=votes, my_vote=row["my_vote"])
