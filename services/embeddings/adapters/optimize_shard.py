"""Optimizes the shard of the folder given as argument. A separate process, because the call blocks for seconds."""

import sys
from pathlib import Path

from services.embeddings.adapters.qdrant_edge_shard import lock_folder, open_shard

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    with lock_folder(folder):
        shard = open_shard(folder)
        shard.optimize()
        shard.flush()
        shard.close()
