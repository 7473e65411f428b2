"""Browser and gateway compute the same preview hashes: Vitest runs the same vectors."""

import json

from shared.content import Content
from shared.log.preview_records import salted_hash
from tests.contract.make_preview_hashes import VECTORS, vectors


def test_the_committed_vectors_match_the_gateway() -> None:
    assert json.loads(VECTORS.read_text(encoding="utf-8")) == vectors()


def test_one_more_character_changes_the_hash() -> None:
    content = Content(title="Tomatoes", body="They are ripe.")
    salt = "0198c0de-7e57-7abc-8def-0123456789ab"
    others = [content.model_copy(update={"body": "They are ripe"}), Content(title="", body=content.text)]
    assert salted_hash(salt, content) not in {salted_hash(salt, other) for other in others}


def test_equal_texts_have_different_hashes_under_different_salts() -> None:
    assert len({vector["hash"] for vector in vectors()}) == len(vectors())
