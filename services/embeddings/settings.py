"""The settings of embeddings."""

from pathlib import Path

from pydantic import SecretStr

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Read from `OTTIT_<NAME>`."""

    service: str = "embeddings"
    # A Qdrant server; empty: Qdrant Edge, in this process, in a folder below the data folder.
    qdrant_url: str = ""
    # Of that server, where it wants one.
    qdrant_api_key: SecretStr = SecretStr("")
    # A search takes milliseconds; a server that needs seconds is away, and the person should be told.
    qdrant_timeout_s: int = 5
    # Threads of one encoder pass. Two cores are shared with moderation, which encodes each new post first.
    encoder_threads: int = 1
    # A query is encoded in 10 ms; after this long, words alone answer better than a wait does.
    query_encoding_s: float = 0.5
    # From here on a start merges segments and builds the graph (5 s): below, there is no graph to build.
    optimize_from: int = 20_000
    # How soon a lost index is noticed and built again from the log.
    upkeep_every_s: float = 30.0

    @property
    def index_dir(self) -> Path:
        """Where Qdrant Edge keeps its shards."""
        return self.data_dir / "embeddings"
