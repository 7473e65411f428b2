"""Generated receipts, checkpoints, dead letters, backups and texts with keys: readers raise only what they declare."""

import hashlib
import json
import time
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError
from starlette.types import Scope

from deploy.operations.backup_file import DamagedBackup, Manifest, StreamEntry, read_manifest
from deploy.operations.people_file import WrongMasterKey, read_people
from deploy.operations.stream_snapshot import StreamSnapshot
from services.gateway.device.newest_post_queries import NewestPost
from services.gateway.device.snapshot_format import MAGIC, Head, PackedVector, pack
from services.gateway.http.secret_scanning import key_in_head
from services.gateway.http.secret_shapes import contains_key
from services.gateway.previews.receipts import Receipts, Signed
from services.gateway.previews.schemas import PreviewsIn
from shared.audit.checkpoints import auditor_keys, parse_checkpoint
from shared.content import Content
from shared.ids import new_id
from shared.log.dead_letters import parse_dead_letter
from shared.policy.signing import SigningKey, TrustedKey, TrustedKeys, UntrustedSignature
from shared.testing import MASTER_KEY
from tests.fuzz.conftest import Fuzz
from tests.fuzz.generated import DOCUMENTS, JSON

KEY = SigningKey(bytes(range(32)))
KEYS = TrustedKeys([TrustedKey(KEY.public_key)])
NOW = datetime(2026, 6, 1, tzinfo=UTC)
UTF8 = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
PROVIDER_KEY = "sk-proj-3vQ8rTz1LmN0pXw7KcYb2HdSgJ5fUa4E"


def test_any_receipt_gets_a_finding(fuzz: Fuzz) -> None:
    receipts = Receipts(b"m" * 32)

    @given(UTF8 | DOCUMENTS.map(bytes.decode), st.sampled_from(["", receipts.key_id, "other"]), UTF8 | st.just("AAAA"))
    @example("[" * 100_000, "", "AAAA")
    @example("{}", "", "é" * 10)
    def check(statement: str, key_id: str, signature: str) -> None:
        given_receipt = Signed(statement=statement, key_id=key_id, signature=signature)
        finding, found = receipts.check(given_receipt, Content(body="x"), NOW)
        assert finding in ("malformed", "signature")
        assert found is None

    fuzz(check)


def test_any_checkpoint_is_read_or_refused(fuzz: Fuzz) -> None:
    @given(st.binary(max_size=100) | DOCUMENTS, st.booleans())
    @example(b"[" * 100_000, False)
    @example(b'{"sequence": 1e400}', True)
    def check(stored: bytes, sign: bool) -> None:
        if sign:
            stored = KEY.sign(stored.decode("utf-8", "replace")).model_dump_json().encode()
        for keys in (KEYS, None):
            with suppress(UntrustedSignature, ValueError):
                parse_checkpoint(stored, keys)
        with suppress(UntrustedSignature, ValueError):
            auditor_keys(stored.decode("utf-8", "replace"))

    fuzz(check)


def test_any_message_among_the_dead_letters_can_be_listed(fuzz: Fuzz) -> None:
    names = st.sampled_from(["Ottit-Origin", "Ottit-Reason", "x"])

    @given(st.text(max_size=30), st.dictionaries(names, UTF8 | DOCUMENTS.map(bytes.decode)), st.binary())
    def check(subject: str, headers: dict[str, str], stored: bytes) -> None:
        letter = parse_dead_letter(1, subject, headers, stored)
        assert (letter.subject + letter.reason + letter.durable).isascii()

    fuzz(check)


def test_any_batch_of_previews_is_read_or_refused(fuzz: Fuzz) -> None:
    item = {
        "preview_id": new_id(), "draft_id": new_id(), "tier": 1, "policy_digest": "0" * 64, "verdict": "held",
        "bands": {"spam": 3}, "content_hash": "0" * 64, "took_ms": 1.5, "at": "2026-01-01T00:00:00Z",
    }  # fmt: skip

    @given(st.dictionaries(st.sampled_from(sorted(item)), JSON, max_size=3), st.integers(0, 80))
    def check(changes: dict[str, object], count: int) -> None:
        body = json.dumps({"items": [item | changes] * count})
        try:
            batch = PreviewsIn.model_validate_json(body)
        except ValidationError:
            return
        assert len(batch.items) <= 64
        batch.model_dump_json()

    fuzz(check)


def damaged(content: bytes, cuts: list[tuple[float, int, bytes]]) -> bytes:
    for place, size, scrap in cuts:
        start = int(place * len(content))
        content = content[:start] + scrap + content[start + size :]
    return content


CUTS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), st.binary(max_size=8)), min_size=1, max_size=3)


def test_a_damaged_backup_is_refused_or_whole(tmp_path: Path, fuzz: Fuzz) -> None:
    file, people = tmp_path / "backup.zip", tmp_path / "people"
    saved = StreamSnapshot(config={"name": "EVENTS"}, state={"messages": 1, "last_seq": 1})
    entry = StreamEntry(saved=saved, sha256=hashlib.sha256(b"content").hexdigest(), size=7)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("EVENTS", b"content")
        archive.writestr("manifest.json", Manifest(made_at=NOW, streams={"EVENTS": entry}).model_dump_json())
    whole = file.read_bytes()
    assert read_manifest(file).streams["EVENTS"] == entry

    @given(CUTS)
    def check(cuts: list[tuple[float, int, bytes]]) -> None:
        file.write_bytes(damaged(whole, cuts))
        with suppress(DamagedBackup):
            assert {one.sha256 for one in read_manifest(file).streams.values()} <= {entry.sha256}
        people.write_bytes(file.read_bytes())
        with suppress(DamagedBackup, WrongMasterKey):
            read_people(people, MASTER_KEY)

    fuzz(check)


def test_a_snapshot_of_any_posts_has_the_sizes_of_its_head(fuzz: Fuzz) -> None:
    titles = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)

    @given(st.lists(st.tuples(titles, st.sampled_from(["garden", "日本"]), st.booleans()), max_size=5))
    def check(rows: list[tuple[str, str, bool]]) -> None:
        posts = [NewestPost(1, new_id(), community, title, 1.5) for title, community, _ in rows]
        vectors = {
            post.post_id: PackedVector(0.5, b"\x7f" * 4) for post, row in zip(posts, rows, strict=True) if row[2]
        }
        packed = pack(Head("now", True, "model", 4), posts, vectors, [new_id()])
        length = int.from_bytes(packed[4:8], "little")
        head = json.loads(packed[8 : 8 + length])
        text = b"".join(post.title[:160].encode() for post in posts)
        assert packed.startswith(MAGIC)
        assert (length % 8, head["rows"]) == (0, len(posts))
        assert len(packed) == 8 + length + len(posts) * (8 + 4 + 4 + 2 + 16 + 4) + 4 + 16 + len(text)
        assert packed.endswith(text)

    fuzz(check)


def test_keys_are_found_between_any_bytes_and_in_any_place_of_a_head(fuzz: Fuzz) -> None:
    @given(st.binary(max_size=40), st.binary(max_size=40))
    def check(before: bytes, after: bytes) -> None:
        contains_key(before + after)
        assert contains_key(before + b" " + PROVIDER_KEY.encode() + b" " + after)
        scope: Scope = {"raw_path": b"/" + before, "query_string": after, "headers": [(b"x", before), (b"y", after)]}
        key_in_head(scope)
        scope["headers"].append((b"z", PROVIDER_KEY.encode()))
        assert key_in_head(scope)

    fuzz(check)


@pytest.mark.parametrize("unit", [b"sk-", b"sk-a", b"sk-" + b"a" * 16, b"AIza", b"AIza" + b"a" * 34, b"%25", b"a"])
def test_the_scan_for_keys_takes_time_in_proportion_to_the_text(unit: bytes) -> None:
    def seconds(count: int) -> float:
        began = time.thread_time()
        contains_key(unit * count)
        return time.thread_time() - began

    count = 1000
    while (short := min(seconds(count) for _ in range(3))) < 0.02:
        count *= 2
    assert min(seconds(4 * count) for _ in range(3)) < 10 * short  # 4 if linear, 16 if quadratic
