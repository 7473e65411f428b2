"""Reads the tree of comments below a post."""

from collections.abc import Iterable

from services.gateway.posts.post_mapping import JOINS, SELECT, PostRow, Viewer, placeholder, post_of
from services.gateway.posts.schemas import Comment, CommentTree
from services.gateway.view.read_connection import ReadConnection

# Deeper replies are attached at this depth (`parent_id` still names their parent): JSON readers limit nesting
# (serde_json at 128 levels), and each level here takes two.
DEEPEST = 50


class CommentQueries:
    """Reads comments."""

    def __init__(self, connection: ReadConnection) -> None:
        self._connection = connection

    def comments(self, root_id: str, viewer_id: str | None, *, moderator: bool = False) -> CommentTree:
        """Return all comments below a post that this viewer may see, best first, then oldest first.

        `moderator`: they moderate the community, and see the comments below a removed post.
        A hidden comment with visible replies becomes an empty placeholder. `total` counts the visible ones.
        """
        viewer = Viewer(viewer_id, sees_removed_threads=moderator)
        query = f"{SELECT} FROM posts p {JOINS} WHERE p.root_id = :root"
        rows = self._connection.records(PostRow, query, {"root": root_id, "viewer": viewer_id})
        by_id = {row.id: row for row in rows}
        seen = {row.id: post for row in rows if (post := post_of(row, viewer))}
        nodes = {
            post_id: Comment.model_construct(post=seen.get(post_id) or placeholder(by_id[post_id]), replies=[])
            for post_id in _with_ancestors(seen, by_id)
        }
        tops = _attach(nodes, by_id)
        for level in (tops, *(node.replies for node in nodes.values())):
            level.sort(key=lambda node: (-node.post.score, node.post.created_at, node.post.id))
        return CommentTree.model_construct(items=tops, total=len(seen))


def _with_ancestors(post_ids: Iterable[str], rows: dict[str, PostRow]) -> set[str]:
    kept: set[str] = set()
    for post_id in post_ids:
        above: str | None = post_id
        while above in rows and above not in kept:
            kept.add(above)
            above = rows[above].parent_id
    return kept


def _attach(nodes: dict[str, Comment], rows: dict[str, PostRow]) -> list[Comment]:
    """Attach each comment to its parent, or to its deepest ancestor that may have replies. Returns the top level."""
    tops: list[Comment] = []
    place: dict[str, tuple[int, Comment]] = {}  # id → depth of its replies, and the comment that gets them
    # Ids sort by clients' clocks, so parents may sort behind their replies: walk down from the top instead.
    below: dict[str | None, list[str]] = {}
    for post_id in nodes:
        parent_id = rows[post_id].parent_id
        below.setdefault(parent_id if parent_id in nodes else None, []).append(post_id)
    walk = below.get(None, [])
    for post_id in walk:  # grows during the walk
        depth, parent = place.get(rows[post_id].parent_id or "", (0, None))
        node = nodes[post_id]
        (parent.replies if parent else tops).append(node)
        place[post_id] = (depth + 1, node) if depth + 1 < DEEPEST or parent is None else (depth, parent)
        walk.extend(below.get(post_id, ()))
    return tops
