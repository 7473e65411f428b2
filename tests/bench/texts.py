"""Posts for benchmarks: real ones from a file if it exists, else recombined sentences of the demo posts."""

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path

from tests.collected_data import DATA

ROOT = Path(__file__).parent.parent.parent
DEMO = ROOT / "deploy" / "demo" / "posts.jsonl"
POSTS = DATA / "posts" / "posts.jsonl.gz"


def rows(count: int) -> Iterator[dict[str, object]]:
    """Yield import rows with unique ids."""
    if POSTS.exists():
        with gzip.open(POSTS, "rt") as lines:
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
    """Return the kind of posts, for the report."""
    return "real posts" if POSTS.exists() else "demo sentences, recombined"
