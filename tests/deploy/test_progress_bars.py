"""The progress bars of an import never move back, and do not follow a wrong answer."""

import io

from rich.console import Console

from deploy.cli.importing.progress_bars import ProgressBars, ReadingBar


def bars(total: int = 100) -> ProgressBars:
    return ProgressBars(total, Console(file=io.StringIO()))


def test_no_bar_moves_back() -> None:
    shown = bars()
    for decided in (10, 20, 20, 20, 5, 5, 5, 5):
        shown.show(50, decided, decided, pipeline_total=100)
    assert shown.shown == (50, 20, 20)


def test_one_wrong_answer_of_a_restarting_service_moves_no_bar() -> None:
    shown = bars()
    for decided in (10, 11, 12, 99, 100, 13, 14, 15, 16):
        shown.show(100, decided, decided, pipeline_total=100)
    assert shown.shown == (100, 14, 14)


def test_reading_needs_no_terminal() -> None:
    out = io.StringIO()
    with ReadingBar(100, Console(file=out)) as bar:
        bar.at(50)
    assert out.getvalue() == ""
