"""The times that clients claim for their previews. Pure."""

from datetime import datetime, timedelta

# As long as the stream keeps previews; one that was written offline may arrive days later.
LONGEST_AGO = timedelta(days=30)


def within_retention(claimed: datetime, now: datetime) -> datetime:
    """Return a claimed time, moved to the nearest possible one: clocks of devices are wrong, some by years."""
    return min(max(claimed, now - LONGEST_AGO), now)
