"""The threshold of "already discussed", measured on pairs of own posts with the vectors of server and device."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from deploy.installation.settings import ROOT
from shared.model.encoder import Encoder

PAIRS = json.loads(Path(__file__).with_name("duplicate_pairs.json").read_text(encoding="utf-8"))
SOURCE = ROOT / "client" / "src" / "platform" / "local-index" / "local-index-singleton.ts"

pytestmark = pytest.mark.long


def test_nine_of_ten_posts_that_are_shown_as_already_discussed_are_duplicates() -> None:
    threshold = float(re.findall(r"SAME_QUESTION = ([\d.]+);", SOURCE.read_text(encoding="utf-8"))[0])
    texts = sorted({text for pair in PAIRS for text in (pair["one"], pair["other"])})
    vectors = dict(zip(texts, Encoder.for_vectors().encode(texts), strict=True))
    cosines = np.array([vectors[pair["one"]] @ vectors[pair["other"]] for pair in PAIRS])
    kinds = np.array([pair["kind"] for pair in PAIRS])
    shown = kinds[cosines >= threshold]
    assert (len(PAIRS), (kinds == "duplicate").sum()) == (132, 36)
    assert (shown == "duplicate").mean() >= 0.9
    assert (shown == "duplicate").sum() >= 0.8 * (kinds == "duplicate").sum()
    assert "unrelated" not in shown
