"""`python -m tests.bench.encoder_passes FILE EVERY THREADS`: measures the shipped model alone.

A pass computes scores and vector at once, as in moderation: the only pass that a post needs.
"""

import json
import sys
from pathlib import Path
from time import perf_counter, process_time

from services.gateway.imports.commands import content_of
from services.gateway.imports.schemas import ImportRow
from shared.model.encoder import Encoder
from shared.model.micro_batcher import MAX_BATCH

if __name__ == "__main__":
    file, every, threads = sys.argv[1:]
    rows = Path(file).read_text().splitlines()[:: int(every)]
    texts = [content_of(ImportRow.model_validate_json(row)).text for row in rows]
    encoder = Encoder.load(int(threads))
    encoder.assess(texts[:MAX_BATCH])  # the first calls are slower
    began, cpu_began = perf_counter(), process_time()
    for at in range(0, len(texts), MAX_BATCH):
        encoder.assess(texts[at : at + MAX_BATCH])
    seconds, cpu_s = perf_counter() - began, process_time() - cpu_began
    print(json.dumps({"per_second": len(texts) / seconds, "cpu_ms": 1000 * cpu_s / len(texts)}))
