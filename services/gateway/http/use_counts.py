"""Counts uses in windows of one minute, together with those of the other replicas."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from time import time

# The table of capabilities states rates per minute.
WINDOW_S = 60
# Different callers in a minute, on this replica and on the others: about 100 MB at most, and more than one process can
# answer. Further callers share one allowance.
MOST_CALLERS = 500_000
REST = "the rest"
# Others are told of a caller that has used more than a sixteenth of an allowance here. So a million addresses with one
# request each cost no messages, and replicas grant at most a sixteenth each too much.
QUIET_SHARE = 16
MAC_BYTES = 12

Use = tuple[str, str]


class UseCounts:
    """Counts by use and caller: the own count exactly, those of other replicas as far as they were told."""

    def __init__(self, key: bytes, clock: Callable[[], float] = time, most_callers: int = MOST_CALLERS) -> None:
        """`key` hides users and addresses from those who read the messages. `clock` returns Unix seconds."""
        self.clock = clock
        self.is_shared = False
        self.on_urgent: Callable[[], None] = lambda: None
        self._key = hashlib.sha256(b"ottit uses" + key).digest()
        self._most = most_callers
        self._window = 0
        self._limits: dict[str, int] = {}
        self._own: Counter[Use] = Counter()
        self._told: Counter[Use] = Counter()
        self._news: dict[Use, None] = {}
        self._others: Counter[str] = Counter()
        self._refused: set[Use] = set()

    def add(self, what: str, who: str, amount: int, limit: int) -> int:
        """Count a use here. Returns how much of it the caller has used on all replicas in this minute."""
        self._roll()
        use = (what, who)
        if use not in self._own and len(self._own) >= self._most:
            use = (what, REST)
        self._limits[what] = limit
        self._own[use] = own = self._own[use] + amount
        if not self.is_shared:
            return own
        if own > limit // QUIET_SHARE:
            self._news[use] = None
            if own > limit // 2:
                self.on_urgent()
        return own + (self._others[self._mac(use)] if self._others else 0)

    def is_first_refusal(self, what: str, who: str) -> bool:
        """Note that a use was refused. Returns whether it is the caller's first one in this minute."""
        use = (what, who)
        if use in self._refused or use not in self._own:
            return False
        self._refused.add(use)
        return True

    def seconds_left(self) -> int:
        """Return the seconds until all counts start again."""
        now = self.clock()
        return round((now // WINDOW_S + 1) * WINDOW_S - now)

    def share(self) -> None:
        """Begin to note what the others must be told, starting with all of this minute."""
        self._roll()
        if not self.is_shared:
            self.is_shared = True
            self._news = {use: None for use, own in self._own.items() if own > self._limits[use[0]] // QUIET_SHARE}

    def keep_to_itself(self) -> None:
        """Stop that: there are no others any more."""
        self.is_shared = False
        self._news.clear()
        self._told.clear()

    def news(self, most: int) -> dict[str, int]:
        """Return what was used since it was last told, for at most so many callers; they count as told."""
        self._roll()
        found: dict[str, int] = {}
        while self._news and len(found) < most:
            use, _ = self._news.popitem()
            found[self._mac(use)] = self._own[use] - self._told[use]
            self._told[use] = self._own[use]
        return found

    def told(self) -> dict[str, int]:
        """Return all that was told in this minute, for a replica that has just started."""
        self._roll()
        return {self._mac(use): amount for use, amount in self._told.items()}

    def take_in(self, uses: Mapping[str, int]) -> None:
        """Count what another replica tells. It counts in the minute in which it arrives: clocks may differ."""
        self._roll()
        for mac, amount in uses.items():
            if mac in self._others or len(self._others) < self._most:
                self._others[mac] += amount

    def _roll(self) -> None:
        window = int(self.clock() // WINDOW_S)
        if window != self._window:
            self._window = window
            for counts in (self._own, self._told, self._news, self._others, self._refused):
                counts.clear()

    def _mac(self, use: Use) -> str:
        return hashlib.blake2b("\0".join(use).encode(), digest_size=MAC_BYTES, key=self._key).hexdigest()
