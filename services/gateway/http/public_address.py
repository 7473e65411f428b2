"""The address of this site as people see it, which the operator sets for links and for returns from other sites."""

from urllib.parse import urlsplit


def checked_public_url(url: str) -> str:
    """Return the address without a slash at the end; empty if it is not set.

    Raises:
        ValueError: it is no address of a site.
    """
    url = url.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        is_site = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_site = False
    if url and (not is_site or parts.query or parts.fragment or parts.username is not None):
        raise ValueError(
            f"{url!r} is not the address of a site, such as https://example.org or https://example.org/forum"
        )
    return url
