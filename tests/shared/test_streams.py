"""The declarations of streams, buckets and consumers, and what a mistake in them could lose."""

from shared.log.streams import BUCKETS, CONSUMERS, DECIDE_POST, INDEX_POST, STREAMS, Consumer, bucket, followed, stream

DEFAULTS = {
    "storage": "file",
    "retention": "limits",
    "discard": "new",
    "max_age": 0,
    "max_bytes": -1,
    "max_msgs": -1,
    "max_msg_size": 524_288,
    "num_replicas": 1,
    "allow_direct": True,
}
SECOND = 1_000_000_000


def test_a_stream_keeps_everything_on_disk_unless_it_says_otherwise() -> None:
    assert stream("NAME", "a.>", "b.>") == {"name": "NAME", "subjects": ["a.>", "b.>"], **DEFAULTS}
    assert stream("NAME", "a.>", discard="old", max_age=5)["discard"] == "old"
    assert stream("NAME", "a.>", deny_purge=True)["deny_purge"] is True


def test_followers_of_a_stream_are_told_of_every_message_by_its_headers() -> None:
    assert followed("NAME") == {"republish": {"src": ">", "dest": "stored.NAME.>", "headers_only": True}}


def test_a_bucket_is_a_stream_with_one_message_for_each_key() -> None:
    assert bucket("NAMES") == {
        "name": "KV_NAMES",
        "subjects": ["$KV.NAMES.>"],
        **DEFAULTS,
        "max_msgs_per_subject": 1,
        "allow_rollup_hdrs": True,
        "deny_delete": True,
    }
    assert bucket("NAMES", deny_delete=False, max_age=5)["deny_delete"] is False


def test_a_consumer_redelivers_without_end_and_sees_its_own_facts_from_the_first_one_on() -> None:
    assert INDEX_POST.config() == {
        "durable_name": "embeddings-index-post",
        "name": "embeddings-index-post",
        "deliver_policy": "all",
        "ack_policy": "explicit",
        "ack_wait": 15 * SECOND,
        "max_deliver": -1,
        "max_ack_pending": 64,
        "filter_subjects": [
            "events.post.decided.*",
            "events.post.edited.*",
            "events.post.withdrawn.*",
            "events.user.erased.*",
        ],
        "replay_policy": "instant",
    }


def test_a_consumers_own_limits_are_declared() -> None:
    declared = Consumer("moderation", "decide_post_twice", DECIDE_POST.facts, in_flight=3, ack_wait_s=7).config()
    assert (declared["name"], declared["max_ack_pending"]) == ("moderation-decide-post-twice", 3)
    assert declared["ack_wait"] == 7 * SECOND


def test_nothing_that_only_the_log_holds_can_be_dropped_or_purged() -> None:
    declared = {stream["name"]: stream for stream in STREAMS}
    for name in ("EVENTS", "AUDIT"):
        kept = declared[name]
        assert (kept["deny_purge"], kept["deny_delete"], kept["discard"], kept["max_age"]) == (True, True, "new", 0)
        assert (kept["storage"], kept["max_bytes"], kept["max_msgs"]) == ("file", -1, -1)


def test_keys_and_handles_can_be_overwritten_for_an_erasure() -> None:
    assert {bucket["name"] for bucket in BUCKETS if not bucket["deny_delete"]} == {
        "KV_ACCOUNTS",
        "KV_KEYS",
        "KV_MARKS",
        "KV_SESSIONS",
    }


def test_names_of_streams_and_durables_are_unique() -> None:
    names = [declared["name"] for declared in (*STREAMS, *BUCKETS)]
    assert len(set(names)) == len(names)
    assert len({consumer.durable for consumer in CONSUMERS}) == len(CONSUMERS)
