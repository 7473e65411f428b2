"""Answers with files and from caches."""

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, MalformedRangeHeader, RangeNotSatisfiable


class File(FileResponse):
    """A file, or the part that `Range` names (RFC 9110, 14.2). Malformed ranges are ignored."""

    @classmethod
    def _parse_range_header(cls, http_range: str, file_size: int) -> list[tuple[int, int]]:
        try:
            return super()._parse_range_header(http_range, file_size)
        except MalformedRangeHeader:
            return []
        except RangeNotSatisfiable as error:
            raise HTTPException(416, headers={"Content-Range": f"bytes */{error.max_size}"}) from error


def has_present(if_none_match: str | None, etag: str) -> bool:
    """Return whether `If-None-Match` names this version, in a list, weak or not, or `*` (RFC 9110, 13.1.2).

    Proxies that compress an answer weaken its tag.
    """
    named = {part.strip().removeprefix("W/") for part in (if_none_match or "").split(",")}
    return etag in named or "*" in named
