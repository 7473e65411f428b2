"""A community's guideline, as its facts tell it."""

from time import monotonic

from shared.log.append import Log
from shared.log.events import CommunityChanged, CommunityCreated

# A changed guideline may judge a minute later; a burst of posts to one community reads it once.
KNOWN_FOR_S = 60.0
MOST_KNOWN = 1000


class Guidelines:
    """Reads guidelines from the log, and remembers them for a minute."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._known: dict[str, tuple[float, str]] = {}

    async def of(self, community: str) -> str:
        """The guideline; empty where the community has none."""
        read_at, guideline = self._known.get(community, (0.0, ""))
        if not read_at or monotonic() - read_at > KNOWN_FOR_S:
            guideline = await self._read(community)
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[community] = (monotonic(), guideline)
        return guideline

    async def _read(self, community: str) -> str:
        changed = await self._log.last_by_subject(CommunityChanged.subject(community))
        if changed and isinstance(changed.data, CommunityChanged) and changed.data.guideline is not None:
            return changed.data.guideline
        created = await self._log.last_by_subject(CommunityCreated.subject(community))
        return created.data.guideline if created and isinstance(created.data, CommunityCreated) else ""
