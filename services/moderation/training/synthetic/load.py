"""Read the functions of this folder and expand them into labelled rows."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Literal

import yaml

from services.moderation.training.synthetic.fill import Cycles, Words, fill, sides
from services.moderation.training.synthetic.obfuscate import obfuscate
from services.moderation.training.synthetic.style import Frames, styled
from shared.model.categories import CATEGORIES

Split = Literal["train", "eval"]
Label = int | None

FOLDER = Path(__file__).parent
# Fillings of one template. Enough that a slot is seen as a slot.
PER_TEMPLATE = 16
# Without slots only the style varies. Fewer, or else a model learns the sentence by heart.
WITHOUT_SLOTS = 7
# Share of the fillings that are disguised, harmful and harmless alike, so that a disguise by itself means nothing.
OBFUSCATED_SHARE = 0.08


@dataclass(frozen=True)
class Template:
    """One line of a function's file. `pair` tells one that has a harmful and a harmless side."""

    id: str
    function: str
    split: Split
    text: str
    pair: bool


@dataclass(frozen=True)
class Function:
    """One file: what it tests, the labels of its texts and, in pairs, those of the harmless side."""

    name: str
    about: str
    labels: dict[str, Label]
    harmless_labels: dict[str, Label]
    templates: tuple[Template, ...]


@dataclass(frozen=True)
class SyntheticRow:
    """One text. `labels` has all categories: 1, 0, or None for unknown; `harmful` where one of them is 1.

    The two rows of one pair share `pair` and differ in one place. `group` is the group of people that is spoken of.
    """

    text: str
    labels: dict[str, Label]
    function: str
    template: str
    pair: str | None
    harmful: bool
    group: str | None
    shape: str


def rows(split: Split, seed: int = 0, per_template: int = PER_TEMPLATE) -> list[SyntheticRow]:
    """Return the expansion of every template of `split`: the same for the same arguments, no text twice."""
    words, frames = Words.read(FOLDER / "slots"), Frames.read(FOLDER / "slots" / "frames.yaml", split)
    cycles = Cycles(words, Random(f"{seed} groups"))
    found: dict[str, SyntheticRow] = {}
    for function in functions():
        for template in function.templates:
            if template.split == split:
                rng = Random(f"{seed} {template.id} {template.text}")
                for row in _expanded(function, template, _Source(words, frames, cycles, rng), per_template):
                    found.setdefault(row.text, row)
    return list(found.values())


@cache
def functions() -> tuple[Function, ...]:
    """Return the content of every function file, in the order of their names."""
    return tuple(_function(path) for path in sorted(FOLDER.glob("*.yaml")))


@dataclass(frozen=True)
class _Source:
    """What fillings are drawn from."""

    words: Words
    frames: Frames
    cycles: Cycles
    rng: Random


def _function(path: Path) -> Function:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    splits: tuple[Split, Split] = ("train", "eval")
    return Function(
        name=path.stem,
        about=content["about"],
        labels=_labels(content["labels"]),
        harmless_labels=_labels(content.get("harmless_labels", {})),
        templates=tuple(
            Template(f"{path.stem}/{split}/{number}", path.stem, split, line, "||" in line)
            for split in splits
            for number, line in enumerate(content[split].splitlines())
            if line
        ),
    )


def _labels(named: dict[str, Label]) -> dict[str, Label]:
    if unknown := set(named) - set(CATEGORIES):
        raise ValueError(f"no such category: {sorted(unknown)}")
    return {name: named.get(name, 0) for name in CATEGORIES}


def _expanded(function: Function, template: Template, source: _Source, wanted: int) -> list[SyntheticRow]:
    """Fill one template `wanted` times, or less often where it has no slots."""
    made: list[SyntheticRow] = []
    for number in range(wanted if "{" in template.text else min(wanted, WITHOUT_SLOTS)):
        filled = fill(template.text, source.words, source.cycles.draw(template.text, template.pair, function.labels))
        text, group = filled(source.rng)
        style = source.rng.random()
        pair = f"{template.id}/{number}" if template.pair else None
        for side, labelled in sides(text, source.rng):
            named = function.labels if labelled else function.harmless_labels
            shaped, shape = _shaped(side, number, style, source.frames)
            made.append(
                SyntheticRow(shaped, named, function.name, template.id, pair, 1 in named.values(), group, shape)
            )
    return made


def _shaped(text: str, number: int, style: float, frames: Frames) -> tuple[str, str]:
    """Vary how it is written. The same `style` treats both sides of a pair the same way."""
    rng = Random(style)
    if number > 0 and rng.random() < OBFUSCATED_SHARE:
        return obfuscate(text, rng), "obfuscated"
    return (text, "plain") if number == 0 else styled(text, rng, frames)
