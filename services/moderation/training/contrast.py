"""Texts that another author wrote for an earlier model (`contrast.json`), to measure with: none is trained on."""

import json
import re
from itertools import product
from pathlib import Path

import numpy as np

from services.moderation.training.rows import Row, fraction
from shared.model.categories import CATEGORIES

SOURCE = "contrast"
# Fillings of one template: 2,500 texts in all.
FILLINGS = 12

_SLOT = re.compile(r"\{(\w+)\}")


def contrast_rows() -> list[Row]:
    """Return every filled template. Categories that a group of texts does not name are 0, null ones unknown."""
    content = json.loads((Path(__file__).parent / "contrast.json").read_text(encoding="utf-8"))
    return [
        _row(text, group["labels"])
        for group in content["groups"]
        for template in group["texts"]
        for text in _filled(template, content["slots"])
    ]


def _row(text: str, labels: dict[str, int | None]) -> Row:
    values = [labels.get(name, 0) for name in CATEGORIES]
    return Row(
        text=text,
        source=SOURCE,
        tier="own",
        license="Apache-2.0",
        weak=False,
        dev=True,
        labels=np.array([np.nan if value is None else value for value in values], np.float32),
    )


def _filled(template: str, slots: dict[str, list[str]]) -> list[str]:
    names = list(dict.fromkeys(_SLOT.findall(template)))
    fillings = [dict(zip(names, values, strict=True)) for values in product(*(slots[name] for name in names))]
    fillings.sort(key=lambda filling: fraction(template + str(filling)))
    return [template.format(**filling) for filling in fillings[:FILLINGS]]
