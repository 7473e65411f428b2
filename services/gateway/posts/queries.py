"""Reading posts, their numbers and their histories."""

from collections.abc import Sequence

from services.gateway.feed.schemas import Profile
from services.gateway.posts import schemas
from services.gateway.posts.dto import JOINS, SELECT, Viewer, post_of
from services.gateway.view.connection import Reader, as_json, moment
from services.gateway.view.records import PostFact, PostHead

RECENT = 20  # posts on a profile: one screen and a bit


class Posts(Reader):
    """Posts as a person may see them."""

    def post(self, post_id: str, viewer_id: str | None, moderator: bool = False) -> schemas.Post | None:
        """One post; None where there is none for this viewer."""
        return self.posts([post_id], viewer_id, moderator).get(post_id)

    def posts(self, post_ids: Sequence[str], viewer_id: str | None, moderator: bool = False) -> dict[str, schemas.Post]:
        """Many posts in one query; those that this viewer may not see are left out."""
        viewer = Viewer(viewer_id, moderator)
        # CROSS JOIN holds the planner to this order: from the given ids to their posts.
        query = f"{SELECT} FROM json_each(:ids) j CROSS JOIN posts p ON p.id = j.value {JOINS}"
        rows = self.rows(query, {"ids": as_json(list(post_ids)), "viewer": viewer_id})
        return {row[0]: post for row in rows if (post := post_of(row, viewer))}

    def own_posts(self, user_id: str, before_sequence: int | None, limit: int) -> list[schemas.Post]:
        """What a person wrote, in every state, last changed first.

        The next page continues before `[-1].sequence`.
        """
        query = f"""{SELECT} FROM posts p {JOINS} WHERE p.author_id = :viewer AND t.post_id IS NOT NULL
            AND p.sequence < coalesce(:before, 9e18) ORDER BY p.sequence DESC LIMIT :limit"""
        rows = self.rows(query, {"viewer": user_id, "before": before_sequence, "limit": limit})
        return [post for row in rows if (post := post_of(row, Viewer(user_id)))]

    def profile(self, handle: str, viewer_id: str | None) -> Profile | None:
        """A person's public side: how much they have published, and the last of it."""
        user = self.row("SELECT id, registered_at FROM users WHERE handle = :handle", {"handle": handle})
        if user is None:
            return None
        user_id, joined_at = user
        posts, comments = self.row(
            """SELECT count(*) FILTER (WHERE parent_id IS NULL), count(*) FILTER (WHERE parent_id IS NOT NULL)
               FROM posts WHERE author_id = :id AND state = 'published'""",
            {"id": user_id},
        )
        query = f"""{SELECT} FROM posts p {JOINS} WHERE p.author_id = :author AND p.state = 'published'
            ORDER BY p.sequence DESC LIMIT :limit"""
        rows = self.rows(query, {"author": user_id, "viewer": viewer_id, "limit": RECENT})
        recent = [post for row in rows if (post := post_of(row, Viewer(viewer_id)))]
        return Profile.model_construct(
            id=user_id, handle=handle, joined_at=moment(joined_at), posts=posts, comments=comments, recent=recent
        )

    def post_head(self, post_id: str) -> PostHead | None:
        """Where a post stands, whoever asks."""
        found = self.row(
            "SELECT author_id, community, state, revision, sequence, root_id, parent_id FROM posts WHERE id = :id",
            {"id": post_id},
        )
        return PostHead(*found) if found else None

    def votes(self, post_id: str, viewer_id: str | None) -> schemas.VotesAnswer | None:
        """A post's votes and the viewer's own; None where the post does not exist."""
        found = self.row(
            """SELECT coalesce(n.up, 0), coalesce(n.down, 0), p.origin_score, coalesce(v.value, 0) FROM posts p
               LEFT JOIN vote_counts n ON n.post_id = p.id
               LEFT JOIN votes v ON v.post_id = p.id AND v.user_id = :viewer WHERE p.id = :id""",
            {"id": post_id, "viewer": viewer_id},
        )
        if found is None:
            return None
        up, down, origin_score, mine = found
        tally = schemas.Votes.model_construct(up=up, down=down, score=up - down + origin_score)
        return schemas.VotesAnswer.model_construct(votes=tally, my_vote=mine)

    def facts(self, post_id: str) -> list[PostFact]:
        """A post's history in the log's order."""
        rows = self.rows(
            """SELECT sequence, type, occurred_at, actor, revision, outcome, took_ms, traceparent
               FROM timeline WHERE post_id = :id ORDER BY sequence""",
            {"id": post_id},
        )
        return [PostFact(sequence, kind, moment(at), *rest) for sequence, kind, at, *rest in rows]
