"""Feed ordering. Pure: the clock, the columns and the reader's preferences come in as data."""

from services.ranking.domain.cursor import BadCursor, Cursor, read_cursor
from services.ranking.domain.feed_order import Ranking, extend, place_below, rank
from services.ranking.domain.ranking_inputs import AsOf, FeedQuery, Posts, Preferences, id_key
from services.ranking.domain.score import PARTS, affinity

__all__ = [
    "PARTS",
    "AsOf",
    "BadCursor",
    "Cursor",
    "FeedQuery",
    "Posts",
    "Preferences",
    "Ranking",
    "affinity",
    "extend",
    "id_key",
    "place_below",
    "rank",
    "read_cursor",
]
