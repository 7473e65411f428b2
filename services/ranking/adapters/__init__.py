"""What touches the world: the checkpoint in SQLite, and the question for a reader's taste."""

from services.ranking.adapters.checkpoint import Checkpoint, Stream
from services.ranking.adapters.tastes import BrokerTastes
from services.ranking.adapters.writer import CheckpointWriter

__all__ = ["BrokerTastes", "Checkpoint", "CheckpointWriter", "Stream"]
