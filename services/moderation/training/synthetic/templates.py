"""Reads the functions of this folder, one file each, and expands their templates into labelled rows."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Literal

import yaml

from services.moderation.training.synthetic.augmentation import Frames, obfuscate, vary_style
from services.moderation.training.synthetic.slot_filling import GroupRotation, Words, fill, pair_sides
from shared.model.categories import COLUMNS

Split = Literal["train", "eval"]
Label = int | None

FOLDER = Path(__file__).parent
# Fillings of one template: enough for a model to recognize a slot as variable.
PER_TEMPLATE = 16
# Without slots only the style varies, so fewer: otherwise a model memorizes the sentence.
WITHOUT_SLOTS = 7
# Share of the fillings that are obfuscated, harmful and harmless alike.
OBFUSCATED_SHARE = 0.08


@dataclass(frozen=True)
class Template:
    """One line of a function's file. `pair`: it has a harmful and a harmless side."""

    id: str
    function: str
    split: Split
    text: str
    pair: bool


@dataclass(frozen=True)
class Function:
    """One file: a description, the labels of its texts, and those of the harmless sides of pairs."""

    name: str
    about: str
    labels: dict[str, Label]
    harmless_labels: dict[str, Label]
    templates: tuple[Template, ...]


@dataclass(frozen=True)
class SyntheticRow:
    """One text. `labels` has all categories: 1, 0, or None for unknown; `harmful`: one of them is 1.

    The two rows of a pair share `pair` and differ in one place. `group` is the group of people that the text mentions.
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
    """Return the rows of all templates of `split`, without duplicate texts: the same rows for the same arguments."""
    words, frames = Words.read(FOLDER / "slots"), Frames.read(FOLDER / "slots" / "frames.yaml", split)
    rotation = GroupRotation(words, Random(f"{seed} groups"))
    by_text: dict[str, SyntheticRow] = {}
    for function in functions():
        for template in function.templates:
            if template.split == split:
                rng = Random(f"{seed} {template.id} {template.text}")
                for row in _expanded(function, template, _Expansion(words, frames, rotation, rng), per_template):
                    by_text.setdefault(row.text, row)
    return list(by_text.values())


@cache
def functions() -> tuple[Function, ...]:
    """Return the content of every function file, in the order of their names."""
    return tuple(_function(path) for path in sorted(FOLDER.glob("*.yaml")))


@dataclass(frozen=True)
class _Expansion:
    """The inputs of the fillings of one template."""

    words: Words
    frames: Frames
    rotation: GroupRotation
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
    if unknown := set(named) - set(COLUMNS):
        raise ValueError(f"no such category: {sorted(unknown)}")
    return {name: named.get(name, 0) for name in COLUMNS}


def _expanded(function: Function, template: Template, source: _Expansion, count: int) -> list[SyntheticRow]:
    """Fill one template `count` times, or less often if it has no slots."""
    expanded: list[SyntheticRow] = []
    for number in range(count if "{" in template.text else min(count, WITHOUT_SLOTS)):
        filled = fill(template.text, source.words, source.rotation.draw(template.text, template.pair, function.labels))
        text, group = filled(source.rng)
        style = source.rng.random()
        pair = f"{template.id}/{number}" if template.pair else None
        for side, labelled in pair_sides(text, source.rng):
            named = function.labels if labelled else function.harmless_labels
            shaped, shape = _shaped(side, number, style, source.frames)
            expanded.append(
                SyntheticRow(shaped, named, function.name, template.id, pair, 1 in named.values(), group, shape)
            )
    return expanded


def _shaped(text: str, number: int, style: float, frames: Frames) -> tuple[str, str]:
    """Vary the style. The same number `style` varies both sides of a pair in the same way."""
    rng = Random(style)
    if number > 0 and rng.random() < OBFUSCATED_SHARE:
        return obfuscate(text, rng), "obfuscated"
    return (text, "plain") if number == 0 else vary_style(text, rng, frames)
