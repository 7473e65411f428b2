"""Input and output: the checkpoint in SQLite, and requests to the embeddings service."""

from services.ranking.adapters.checkpoint import Checkpoint, CheckpointWriter, StreamState
from services.ranking.adapters.embeddings_client import EmbeddingsClient

__all__ = ["Checkpoint", "CheckpointWriter", "EmbeddingsClient", "StreamState"]
