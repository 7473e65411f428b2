"""The results of mutmut's last run, and the survivors that somebody has read and explained."""

import importlib
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Sequence
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
class Change:
    """One line of a function, before and after the change of a mutant."""

    function: str
    was: str
    now: str


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


def changes_of(mutant: Mutant) -> Change:
    """Return the change that a mutant makes. A change of several lines is joined with spaces."""
    difference = importlib.import_module("mutmut.mutation.diff_apply").get_diff_for_mutant
    lines = difference(mutant.name, path=mutant.module).splitlines()[3:]
    was, now = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return Change(mutant.function, was, now)


def explanations() -> dict[Change, str]:
    """Return the changes that somebody has read, each with the reason why no test notices it."""
    return {
        Change(function, row["was"], now): row["why"]
        for function, rows in tomllib.loads(EXPLAINED.read_text()).items()
        for row in rows
        for now in row["now"]
    }
