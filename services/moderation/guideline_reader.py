"""Reads the guidelines of communities from the log."""

from time import monotonic

from shared.log.append import Log
from shared.log.events import CommunityChanged, CommunityCreated

# A changed guideline may take a minute to apply; a burst of posts to one community reads it once.
CACHED_FOR_S = 60.0
MAX_CACHED = 1000


class GuidelineReader:
    """Reads guidelines, and caches each for a minute."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._cache: dict[str, tuple[float, str]] = {}

    async def of(self, community: str) -> str:
        """Return the community's guideline; empty if it has none."""
        read_at, guideline = self._cache.get(community, (0.0, ""))
        if not read_at or monotonic() - read_at > CACHED_FOR_S:
            guideline = await self._read(community)
            if len(self._cache) >= MAX_CACHED:
                self._cache.clear()
            self._cache[community] = (monotonic(), guideline)
        return guideline

    async def _read(self, community: str) -> str:
        changed = await self._log.last_by_subject(CommunityChanged.subject(community))
        if changed and isinstance(changed.data, CommunityChanged) and changed.data.guideline is not None:
            return changed.data.guideline
        created = await self._log.last_by_subject(CommunityCreated.subject(community))
        return created.data.guideline if created and isinstance(created.data, CommunityCreated) else ""
