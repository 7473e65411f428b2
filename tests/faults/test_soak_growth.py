"""The judgement of a soak sees growth, and only in processes that lived long enough."""

from tests.faults.processes import Usage
from tests.faults.soak.growth import MIB, Sample, growths


def series(
    pid: int, minutes: int, *, memory: float = 0.0, descriptors: float = 0.0, threads: float = 0.0
) -> list[Sample]:
    """Return a sample per 5 s, with this growth per minute."""
    times = [second / 60 for second in range(0, minutes * 60, 5)]
    return [
        Sample(
            60 * at, "gateway", pid,
            Usage(0.0, int(100 * MIB + at * memory * MIB), int(20 + at * descriptors), int(9 + at * threads)),
        )
        for at in times
    ]  # fmt: skip


def test_growth_of_each_kind_is_seen() -> None:
    assert [one.flat for one in growths(series(1, 20))] == [True]
    for leak in ({"memory": 5.0}, {"descriptors": 3.0}, {"threads": 2.0}):
        assert [one.flat for one in growths(series(1, 20, **leak))] == [False], leak


def test_what_a_process_allocates_while_it_warms_up_does_not_count() -> None:
    late = series(1, 20)
    warm = [Sample(one.at, one.name, one.pid, Usage(0.0, 10 * MIB, 20, 9)) if one.at < 170 else one for one in late]
    assert [one.flat for one in growths(warm)] == [True]


def test_short_lives_are_not_judged() -> None:
    assert growths([*series(1, 5, memory=9.0), *series(2, 6, memory=9.0)]) == []
