"""Settings of embeddings."""

from pathlib import Path

from pydantic import Field, SecretStr

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Read from `OTTIT_<NAME>`."""

    service: str = "embeddings"
    # URL of a Qdrant server. Empty: Qdrant Edge runs in this process, in a folder below the data folder.
    qdrant_url: str = ""
    # API key of that server, if it requires one.
    qdrant_api_key: SecretStr = SecretStr("")
    # A search takes milliseconds; a server that needs seconds counts as unavailable, and users should be told.
    qdrant_timeout_s: int = 5
    # Threads per encoder pass. Two cores are shared with moderation, which encodes each new post first.
    encoder_threads: int = 1
    # A query is encoded in 10 ms; after this long, searching by words alone is better than waiting.
    query_encoding_s: float = 0.5
    # From this many posts on, a start merges segments and builds the graph (5 s); with fewer there is no graph.
    optimize_from: int = 20_000
    # How often the index is checked; a lost index is then built from the log again.
    upkeep_every_s: float = 30.0
    # How often the index is compared with the log and repaired; first after five minutes, or this time if shorter.
    # `ottit reconcile` does it at once.
    reconcile_every_s: float = Field(default=21_600.0, gt=0)

    @property
    def index_dir(self) -> Path:
        """The folder of the Qdrant Edge shards."""
        return self.data_dir / "embeddings"
