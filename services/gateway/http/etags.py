"""Whether a caller already has the present version of something."""


def has_present(if_none_match: str | None, etag: str) -> bool:
    """Whether `If-None-Match` names this version: one of a list, weak or not, or any (RFC 9110, 13.1.2).

    Proxies that compress an answer on its way make its tag a weak one.
    """
    named = {part.strip().removeprefix("W/") for part in (if_none_match or "").split(",")}
    return etag in named or "*" in named
