"""A part goes on whatever becomes of its log."""

import sys
from pathlib import Path

import pytest

from deploy.local.process import Process
from deploy.local.process_specs import ProcessSpec

SAID = [str(number) for number in range(1, 50_001)]
TALKS = ProcessSpec("talker", ("/bin/sh", "-c", "seq 50000; exit 3"), {"PATH": "/usr/bin:/bin"})


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a disk that is always full")
async def test_a_part_whose_log_finds_no_room_talks_to_its_end() -> None:
    lines: list[str] = []
    process = await Process.start(TALKS, Path("/dev/full"))
    assert await process.relay_until_exit(lines.append) == "ended with code 3"
    assert lines == SAID


async def test_what_a_part_says_is_in_its_log(tmp_path: Path) -> None:
    process = await Process.start(TALKS, tmp_path / "talker.log")
    await process.relay_until_exit(lambda _: None)
    assert (tmp_path / "talker.log").read_text().splitlines() == SAID


async def test_a_part_whose_log_cannot_be_opened_is_not_started(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await Process.start(
            ProcessSpec("maker", ("/usr/bin/touch", str(tmp_path / "made")), {}), tmp_path / "no" / "log"
        )
    assert not (tmp_path / "made").exists()
