"""Optimizes the shard of the folder given as its argument, in a process of its own."""

import sys
from pathlib import Path

from services.embeddings.adapters.edge_shard import claim, open_shard

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    with claim(folder):
        shard = open_shard(folder)
        shard.optimize()
        shard.flush()
        shard.close()
