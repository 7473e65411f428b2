"""The results of mutmut's last run, and the survivors that somebody has read and explained."""

import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

EXPLAINED = Path(__file__).with_name("survivors.toml")
MUTMUT = Path(sys.executable).with_name("mutmut")
_NAME = re.compile(r"(?P<module>[a-z_0-9.]+)\.x(?:ǁ(?P<owner>\w+)ǁ|_)(?P<function>\w+)__mutmut_\d+")


@dataclass(frozen=True)
class Mutant:
    """One changed function. `status`: `killed`, `survived`, `no tests`, `timeout`, or what else mutmut says."""

    name: str
    status: str

    @property
    def _parts(self) -> re.Match[str]:
        found = _NAME.fullmatch(self.name)
        if found is None:
            raise ValueError(f"mutmut gives a mutant the unknown name {self.name}")
        return found

    @property
    def package(self) -> str:
        """The package: two levels of folders, as in `shared.policy`."""
        return ".".join(self._parts["module"].split(".")[:2])

    @property
    def module(self) -> Path:
        """The changed file."""
        return Path(f"{self._parts['module'].replace('.', '/')}.py")

    @property
    def function(self) -> str:
        """The changed function, as in `shared/ids.py new_id` or `shared/log/append.py Log.append`."""
        return f"{self.module} {'.'.join(part for part in (self._parts['owner'], self._parts['function']) if part)}"


@dataclass(frozen=True)
class Explanation:
    """The reason why no test notices some changes to a function. `lines`: the lines that were changed."""

    function: str
    lines: tuple[str, ...]
    why: str


def last_run() -> list[Mutant]:
    """Return every mutant with its status."""
    listed = subprocess.run([MUTMUT, "results", "--all", "true"], capture_output=True, text=True, check=True).stdout
    rows = (line.strip().rpartition(": ") for line in listed.splitlines() if ": " in line)
    return [Mutant(name, status) for name, _, status in rows]


def counts(mutants: Sequence[Mutant]) -> dict[str, Counter[str]]:
    """Return package → status → number of mutants."""
    result: dict[str, Counter[str]] = {}
    for mutant in mutants:
        result.setdefault(mutant.package, Counter())[mutant.status] += 1
    return result


def changed_lines(mutant: Mutant) -> tuple[str, ...]:
    """Return the lines of the function that a mutant replaces, without indentation."""
    shown = subprocess.run([MUTMUT, "show", mutant.name], capture_output=True, text=True, check=True).stdout
    lines = (line for line in shown.splitlines() if line.startswith("-") and not line.startswith("---"))
    return tuple(line[1:].strip() for line in lines)


def explanations() -> Iterator[Explanation]:
    """Yield the kept explanations."""
    for function, rows in tomllib.loads(EXPLAINED.read_text()).items():
        for row in rows:
            yield Explanation(function, tuple(row["lines"]), row["why"])
