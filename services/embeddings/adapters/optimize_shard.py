"""Optimize the shard of a folder, as a process of its own: `python -m services.embeddings.adapters.optimize_shard DIR`."""

import sys
from pathlib import Path

from services.embeddings.adapters.edge_shard import open_shard

if __name__ == "__main__":
    shard = open_shard(Path(sys.argv[1]))
    shard.optimize()
    shard.flush()
    shard.close()
