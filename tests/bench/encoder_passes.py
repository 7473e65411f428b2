"""`python -m tests.bench.encoder_passes FILE EVERY THREADS`: measures the shipped model alone.

A text takes one pass for each form of each of its windows, as in moderation; a pass gives scores and vector.
"""

import json
import sys
from pathlib import Path
from time import perf_counter, process_time

from services.gateway.imports.commands import content_of
from services.gateway.imports.schemas import ImportRow
from shared.model.encoder import Encoder
from shared.model.micro_batcher import MAX_BATCH
from shared.policy.windows import windows

if __name__ == "__main__":
    file, every, threads = sys.argv[1:]
    rows = Path(file).read_text().splitlines()[:: int(every)]
    texts = [content_of(ImportRow.model_validate_json(row)) for row in rows]
    encoder = Encoder.load(int(threads))
    encoder.assess([text.text for text in texts[:MAX_BATCH]])  # the first calls are slower
    began, cpu_began = perf_counter(), process_time()
    forms = [form for text in texts for window in windows(text.title, text.body) for form in window.forms]
    for at in range(0, len(forms), MAX_BATCH):
        encoder.assess(forms[at : at + MAX_BATCH])
    seconds, cpu_s = perf_counter() - began, process_time() - cpu_began
    characters = sum(len(text.text) for text in texts)
    print(
        json.dumps(
            {
                "per_second": len(texts) / seconds,
                "cpu_ms": 1000 * cpu_s / len(texts),
                "cpu_ms_per_1000": 1e6 * cpu_s / characters,
            }
        )
    )
