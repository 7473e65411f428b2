"""Tests that the reasons that everybody may read name no address, no path and no replica."""

import pytest

from services.gateway.operations.public_reasons import public_reason


@pytest.mark.parametrize(
    ("reason", "public"),
    [
        ("its health page at http://10.0.0.7:8222/x does not answer", "its health page at its address does not answer"),
        ("cannot reach nats://ottit:secret@nats-1.internal:4222", "cannot reach its address"),
        ("connection to 192.168.1.4:6333 refused", "connection to its address refused"),
        ("connection to [fd00::7]:6333 refused", "connection to its address refused"),
        ("connection to qdrant.internal:6333 refused", "connection to its address refused"),
        ("write /data/x/4.blk: no space left on device", "write its file: no space left on device"),
        ("replica 3f9ac1:41: view: behind; replica ranking-7:1: behind", "a replica: view: behind; a replica: behind"),
        ("replica ranking-7:1 no longer answers", "a replica no longer answers"),
        ("12:30:00 is 70 s ahead of the broker's", "12:30:00 is 70 s ahead of the broker's"),
        (
            'correct OPENAI_API_KEY (it says: "No (key)."). Until then, texts are held.',
            "correct OPENAI_API_KEY. Until then, texts are held.",
        ),
        ("EVENTS.max_msg_size is 64, declared 524288: run `ottit provision`",) * 2,
        ("only 3 MiB/s and 12 messages wait: see the log", "only 3 MiB/s and 12 messages wait: see the log"),
    ],
)
def test_a_reason_keeps_its_meaning_and_loses_its_places(reason: str, public: str) -> None:
    assert public_reason(reason) == public
