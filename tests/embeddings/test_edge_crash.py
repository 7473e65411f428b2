"""Edge keeps acknowledged writes when its process is killed."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services.embeddings.adapters import EdgeIndex
from tests.embeddings.conftest import a_post, prepared

pytestmark = pytest.mark.long

WRITER = """
import asyncio, sys
from pathlib import Path
from services.embeddings.adapters import EdgeIndex
from tests.embeddings.conftest import a_post, an_id

async def main():
    index = EdgeIndex(Path(sys.argv[1]))
    await index.prepare()
    for at in range(1, 10_000):
        await index.upsert([a_post(at)])
        if at % 3 == 0:
            await index.remove(an_id(at - 1), 50_000)
        print(at, flush=True)

asyncio.run(main())
"""


async def test_acknowledged_writes_survive_a_kill(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(folder), stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert writer.stdout is not None
    acknowledged = 0
    while acknowledged < 20:
        acknowledged = int(await writer.stdout.readline())
    os.kill(writer.pid, signal.SIGKILL)
    for line in (await writer.stdout.read()).split():
        acknowledged = int(line)
    await writer.wait()

    index = await prepared(EdgeIndex(folder))
    written = [a_post(n) for n in range(1, acknowledged)]  # the last one may or may not have been removed
    kept = await index.vectors([post.post_id for post in written])
    removed = {post.post_id for post in written if post.source_seq % 3 == 2}
    assert {post.post_id for post in written} - set(kept) == removed
    assert await index.upsert(written) == frozenset()
    await index.close()


async def test_a_second_process_cannot_open_the_same_folder(tmp_path: Path) -> None:
    index = await prepared(EdgeIndex(tmp_path / "index"))
    with pytest.raises(BlockingIOError):
        await prepared(EdgeIndex(tmp_path / "index"))
    await index.close()


async def test_concurrent_writes_are_all_kept(tmp_path: Path) -> None:
    index = await prepared(EdgeIndex(tmp_path / "index"))
    await asyncio.gather(*(index.upsert([a_post(n)]) for n in range(1, 65)))
    await index.close()
    again = await prepared(EdgeIndex(tmp_path / "index"))
    assert await again.count() == 64
    await again.close()
