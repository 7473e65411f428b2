"""A process and its log file."""

import sys
from pathlib import Path

import pytest

from deploy.local.process import Process
from deploy.local.process_specs import ProcessSpec

LINES = [str(number) for number in range(1, 50_001)]
WRITER = ProcessSpec("writer", ("/bin/sh", "-c", "seq 50000; exit 3"), {"PATH": "/usr/bin:/bin"})


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a disk that is always full")
async def test_a_full_disk_does_not_stop_a_process() -> None:
    lines: list[str] = []
    process = await Process.start(WRITER, Path("/dev/full"))
    assert await process.relay_until_exit(lines.append) == "ended with code 3"
    assert lines == LINES


async def test_the_output_of_a_process_is_in_its_log(tmp_path: Path) -> None:
    process = await Process.start(WRITER, tmp_path / "writer.log")
    await process.relay_until_exit(lambda _: None)
    assert (tmp_path / "writer.log").read_text().splitlines() == LINES


async def test_a_process_whose_log_cannot_be_opened_is_not_started(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await Process.start(
            ProcessSpec("maker", ("/usr/bin/touch", str(tmp_path / "made")), {}), tmp_path / "no" / "log"
        )
    assert not (tmp_path / "made").exists()
