"""Reading the tree of comments below a post."""

from typing import Any

from services.gateway.posts.dto import JOINS, SELECT, Viewer, placeholder, post_of
from services.gateway.posts.schemas import Comment, CommentTree
from services.gateway.view.connection import Reader

# Deeper answers stand beside each other at this depth (`parent_id` still says whom they answer): JSON readers give up
# somewhere (serde_json at 128 nested values), and every level here is two of them.
DEEPEST = 50

PARENT_ID = 6  # its place in a row of `SELECT`


class Comments(Reader):
    """Who answered what."""

    def comments(self, root_id: str, viewer_id: str | None) -> CommentTree:
        """All comments below a post that this viewer may see, best first, then oldest first.

        A comment that may not be seen stays as an empty placeholder where one that may be seen stands below it.
        `total` counts those that may be seen.
        """
        viewer = Viewer(viewer_id)
        query = f"{SELECT} FROM posts p {JOINS} WHERE p.root_id = :root"
        rows = {row[0]: row for row in self.rows(query, {"root": root_id, "viewer": viewer_id})}
        seen = {post_id: post for post_id, row in rows.items() if (post := post_of(row, viewer))}
        nodes = {
            post_id: Comment.model_construct(post=seen.get(post_id) or placeholder(post_id, rows[post_id]), replies=[])
            for post_id in _with_ancestors(seen, rows)
        }
        tops = _attach(nodes, rows)
        for level in (tops, *(node.replies for node in nodes.values())):
            level.sort(key=lambda node: (-node.post.score, node.post.created_at, node.post.id))
        return CommentTree.model_construct(items=tops, total=len(seen))


def _with_ancestors(seen: dict[str, Any], rows: dict[str, Any]) -> set[str]:
    kept: set[str] = set()
    for post_id in seen:
        above: str | None = post_id
        while above in rows and above not in kept:
            kept.add(above)
            above = rows[above][PARENT_ID]
    return kept


def _attach(nodes: dict[str, Comment], rows: dict[str, Any]) -> list[Comment]:
    """Hang every comment below its parent, or below the last of its ancestors that may have answers."""
    tops: list[Comment] = []
    place: dict[str, tuple[int, Comment]] = {}  # id → depth, and below whom its answers stand
    # An id sorts by when it was made on some client's clock; what was answered is known by walking down from the tops.
    below: dict[str | None, list[str]] = {}
    for post_id in nodes:
        parent_id = rows[post_id][PARENT_ID]
        below.setdefault(parent_id if parent_id in nodes else None, []).append(post_id)
    walk = below.get(None, [])
    for post_id in walk:  # grows while it is walked
        depth, parent = place.get(rows[post_id][PARENT_ID], (0, None))
        node = nodes[post_id]
        (parent.replies if parent else tops).append(node)
        place[post_id] = (depth + 1, node) if depth + 1 < DEEPEST or parent is None else (depth, parent)
        walk.extend(below.get(post_id, ()))
    return tops
