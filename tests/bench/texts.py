"""Posts to bench with: a file of real ones where there is one, else sentences of the demo posts, recombined."""

import gzip
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DEMO = ROOT / "deploy" / "demo" / "posts.jsonl"
DATA = Path(os.environ.get("OTTIT_TEST_DATA", ROOT.parent / "shared" / "data")) / "posts" / "posts.jsonl.gz"


def rows(count: int) -> Iterator[dict[str, object]]:
    """Import rows with ids of their own."""
    if DATA.exists():
        with gzip.open(DATA, "rt") as lines:
            for number, line in enumerate(lines):
                if number >= count:
                    return
                yield json.loads(line)
        return
    chance = random.Random(1)
    demo = [json.loads(line) for line in DEMO.read_text().splitlines()]
    sentences = [part for row in demo for part in row["text"].split(". ")]
    for number in range(count):
        text = ". ".join(chance.choices(sentences, k=chance.randint(1, 9)))
        yield {"id": f"bench-{number}", "community": chance.choice(demo)["community"], "text": text}


def source() -> str:
    """What the posts are, for the report."""
    return "real posts" if DATA.exists() else "demo sentences, recombined"
