"""The two homes of the post index behind one Protocol: Qdrant Edge in this process, and a Qdrant server."""

from services.embeddings.adapters.edge import EdgeIndex

# Not the server's: its client loads gRPC, 80 MB that an installation without a Qdrant server has no use for.
__all__ = ["EdgeIndex"]
