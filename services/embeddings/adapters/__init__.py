"""The two homes of the post index behind one Protocol: Qdrant Edge in this process, and a Qdrant server."""

from services.embeddings.adapters.edge import EdgeIndex
from services.embeddings.adapters.server import ServerIndex

__all__ = ["EdgeIndex", "ServerIndex"]
