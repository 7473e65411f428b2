"""The post index on Qdrant Edge (in this process) or on a Qdrant server, and what indexing a post needs."""

from services.embeddings.adapters.qdrant_edge_index import EdgeIndex

# `qdrant_server_index` is not imported here: its client loads gRPC, 80 MB that are useless without a Qdrant server.
__all__ = ["EdgeIndex"]
