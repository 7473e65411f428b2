"""The settings of ranking."""

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Read from `OTTIT_<NAME>`."""

    service: str = "ranking"
    # A feed should come within 25 ms; a reader whose taste takes six times that gets the feed of everyone instead.
    taste_timeout_s: float = 0.15
    # A taste changes with every vote, but not so that a reader would notice within half a minute.
    taste_kept_s: float = 30.0
    # After a taste that did not come: soon again, but not with every request.
    taste_retry_s: float = 5.0
    # What a crash leaves to be read from the log again: a few seconds of it.
    checkpoint_every_s: float = 2.0
