"""Records of previews: their subjects, their bytes, and the salted hash of a text."""

import hashlib

import pytest

from shared.content import Content
from shared.log.events import DecodeError
from shared.log.preview_records import (
    Draft,
    DryRun,
    Preview,
    PreviewRecord,
    Stamp,
    Submission,
    decode_preview,
    salted_hash,
)
from shared.testing import AT

STAMP = Stamp(person_id="ada", at=AT, arm="hybrid")
PREVIEW = Preview(
    preview_id="preview-1",
    draft_id="draft-1",
    tier=2,
    policy_digest="d",
    model="m",
    verdict="held",
    bands={"spam": 9},
    content_hash="h",
    took_ms=1.5,
    at=AT,
)
DRAFT = Draft(draft_id="draft-1", changes=3, writing_ms=7.0)
SUBMISSION = Submission(post_id="post-1", revision=1, sequence=4)
DRY_RUN = DryRun(preview_id="preview-1", outcome="held", policy_digest="d", model="m", took_ms=1.0)
RECORDS = [
    (PreviewRecord(stamped=STAMP, claimed=PREVIEW), "previews.2.draft-1"),
    (PreviewRecord(stamped=STAMP, claimed=DRAFT), "previews.draft.draft-1"),
    (PreviewRecord(stamped=STAMP, observed=SUBMISSION), "previews.submitted.post-1"),
    (PreviewRecord(stamped=STAMP, observed=DRY_RUN), "previews.checked.preview-1"),
]


@pytest.mark.parametrize(("record", "subject"), RECORDS)
def test_a_record_has_its_subject_and_is_read_back_whole(record: PreviewRecord, subject: str) -> None:
    assert record.subject == subject
    assert decode_preview(record.encode()) == record
    assert b"null" not in record.encode()


def test_a_record_of_nothing_has_no_subject() -> None:
    with pytest.raises(ValueError, match=r"^the record has neither a claim nor an observation$"):
        _ = PreviewRecord(stamped=STAMP).subject


@pytest.mark.parametrize("stored", [b"", b"{}", b'{"stamped": {}}'])
def test_other_bytes_are_refused(stored: bytes) -> None:
    with pytest.raises(DecodeError, match=r"^not a preview record$") as refused:
        decode_preview(stored)
    assert refused.value.sequence == 0


def test_a_salted_hash_covers_the_id_and_the_content() -> None:
    content = Content(title="Tomatoes", body="They are ripe.")
    expected = hashlib.sha256(b'preview-1\n["Tomatoes","They are ripe."]').hexdigest()
    assert salted_hash("preview-1", content) == expected
