"""Optimizes the shard of the folder given as its argument, in a process of its own."""

import sys
from pathlib import Path

from services.embeddings.adapters.edge_shard import open_shard

if __name__ == "__main__":
    shard = open_shard(Path(sys.argv[1]))
    shard.optimize()
    shard.flush()
    shard.close()
