"""Settings of ranking."""

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Read from `OTTIT_<NAME>`."""

    service: str = "ranking"
    # A feed should answer within 25 ms; after six times that, the reader gets everyone's feed instead.
    taste_timeout_s: float = 0.15
    # A user embedding changes with every vote, but no reader would notice within half a minute.
    taste_kept_s: float = 30.0
    # Wait after an unanswered request for the user embedding: soon, but not on every feed request.
    taste_retry_s: float = 5.0
    # A crash loses at most this much of the checkpoint, which is then read from the log again.
    checkpoint_every_s: float = 2.0
