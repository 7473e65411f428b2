"""The store of data keys over a bucket in memory: caching, erasure, and damaged keys."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from nats.aio.client import Client
from nats.js.errors import InvalidKeyError, KeyNotFoundError, KeyWrongLastSequenceError, NotFoundError

import shared.security.data_keys as module
from shared.security.data_keys import DataKeyStore, Erased, KeyLost
from shared.security.sealing import DataKey, DecryptionError, unwrap, wrap
from shared.testing import MASTER_KEY

MASTER = bytes.fromhex(MASTER_KEY)


@dataclass
class FakeBucket:
    """The bucket KEYS in memory. `reads`: the users whose key was read; `calls`: what was deleted, in order.

    `facts`: subjects that the log has.
    """

    values: dict[str, bytes] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)
    calls: list[tuple[object, ...]] = field(default_factory=list)
    facts: set[str] = field(default_factory=set)
    on_read: Callable[[], object] = lambda: None

    async def create(self, user_id: str, value: bytes) -> None:
        """Store a first value."""
        if user_id in self.values:
            raise KeyWrongLastSequenceError
        self.values[user_id] = value

    async def get(self, user_id: str) -> Any:
        """Return an entry."""
        self.reads.append(user_id)
        self.on_read()
        if " " in user_id:
            raise InvalidKeyError
        if user_id not in self.values:
            raise KeyNotFoundError
        return SimpleNamespace(value=self.values[user_id], revision=41)

    async def delete_msg(self, stream: str, sequence: int) -> None:
        """Note that a message's bytes are overwritten."""
        self.calls.append(("delete", stream, sequence))

    async def purge(self, user_id: str) -> None:
        """Remove a value."""
        self.calls.append(("purge", user_id))
        del self.values[user_id]

    async def get_last_msg(self, stream: str, subject: str, *, direct: bool) -> None:
        """Look a fact up; only the leader's answer counts."""
        assert (stream, direct) == ("EVENTS", False)
        if subject not in self.facts:
            raise NotFoundError

    def jsm(self) -> "FakeBucket":
        """Return this fake, as the broker's management interface."""
        return self

    def jetstream(self) -> "FakeBucket":
        """Return this fake, as the broker's stream."""
        return self

    async def key_value(self, name: str) -> "FakeBucket":
        """Return this fake, as the bucket."""
        self.calls.append(("open", name))
        return self


def store_over(bucket: FakeBucket, master_key: str = MASTER_KEY) -> DataKeyStore:
    """Return a store that uses the fake, without a watch."""
    store = DataKeyStore(cast(Client, bucket), master_key)
    store._bucket = cast(Any, bucket)
    return store


def same(one: DataKey, other: DataKey) -> bool:
    """Return whether two keys open each other's texts."""
    return one.open(other.seal(b"text", "p"), "p") == b"text"


async def test_starting_checks_the_master_key_opens_the_bucket_and_watches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = FakeBucket()
    started: list[tuple[object, ...]] = []

    async def check(broker: object, masters: object) -> bool:
        started.append(("check", broker, masters))
        return True

    async def watch(broker: object, name: str, on_change: object) -> str:
        started.append(("watch", broker, name, on_change))
        return "subscription"

    monkeypatch.setattr(module, "check_master_key", check)
    monkeypatch.setattr(module, "watch_bucket", watch)
    store = await DataKeyStore.open(cast(Client, bucket), MASTER_KEY)
    assert started == [("check", bucket, [MASTER]), ("watch", bucket, "KEYS", store._evict)]
    assert bucket.calls == [("open", "KEYS")]
    assert cast(object, store._watch) == "subscription"
    await store.create("ada")
    assert "ada" in bucket.values


async def test_a_new_user_gets_a_wrapped_random_key_that_is_cached() -> None:
    bucket = FakeBucket()
    store = store_over(bucket)
    key = await store.create("ada")
    assert same(key, unwrap([MASTER], "ada", bucket.values["ada"]))
    assert len(bucket.values["ada"]) == module.WRAPPED_BYTES
    assert await store.key_of("ada") is key
    assert bucket.reads == []
    with pytest.raises(DecryptionError):
        same(key, await store.create("ben"))


async def test_creating_a_key_again_returns_the_stored_one() -> None:
    bucket = FakeBucket()
    key = await store_over(bucket).create("ada")
    assert same(key, await store_over(bucket).create("ada"))


async def test_a_key_is_read_once_and_then_cached() -> None:
    bucket = FakeBucket({"ada": wrap(MASTER, "ada", b"k" * 32)})
    store = store_over(bucket)
    assert await store.key_of("ada") is await store.key_of("ada")
    assert same(await store.key_of("ada"), DataKey(b"k" * 32))
    assert bucket.reads == ["ada"]


async def test_a_user_who_can_have_no_key_counts_as_erased() -> None:
    with pytest.raises(Erased, match=r"^not a key$"):
        await store_over(FakeBucket()).key_of("not a key")


async def test_a_missing_key_is_erased_if_the_log_says_so_and_lost_otherwise() -> None:
    bucket = FakeBucket(facts={"events.user.erased.ada"})
    store = store_over(bucket)
    with pytest.raises(Erased, match=r"^ada$"):
        await store.key_of("ada")
    assert store.state == "ok"
    with pytest.raises(KeyLost):
        await store.key_of("ben")
    assert store.state == "data keys of 1 users are lost: see the note of the gateway"
    await store.create("ben")
    assert store.state == "ok"


async def test_a_lost_key_is_logged_once_with_the_user_until_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    store = store_over(FakeBucket())
    for _ in range(2):
        with pytest.raises(KeyLost) as lost:
            await store.key_of("ada")
        assert lost.value.user_id == "ada"
        assert str(lost.value) == ("The server has lost the key to this author's texts. Nothing was stored or deleted.")
    assert [(one.message, one.__dict__["user_id"]) for one in caplog.records] == [
        ("the data key of a user is lost", "ada")
    ]
    store._evict("ada")
    assert store.state == "ok"


async def test_a_damaged_key_names_its_user() -> None:
    with pytest.raises(KeyLost) as lost:
        await store_over(FakeBucket({"ada": b""})).key_of("ada")
    assert lost.value.user_id == "ada"


async def test_a_registered_user_gets_no_second_key() -> None:
    store = store_over(FakeBucket(facts={"events.user.registered.ada"}))
    with pytest.raises(KeyLost):
        await store.create("ada")


async def test_a_label_is_empty_if_its_key_is_erased_or_lost_or_it_was_sealed_for_something_else() -> None:
    store = store_over(FakeBucket(facts={"events.user.erased.ada"}))
    sealed = (await store.create("eva")).seal(b"my phone", "eva")
    assert await store.open_label("eva", sealed, "eva") == "my phone"
    assert await store.open_label("eva", sealed, "a token") == ""
    assert await store.open_label("ada", sealed, "ada") == ""
    assert await store.open_label("ben", sealed, "ben") == ""


def test_only_a_key_under_this_master_key_is_whole() -> None:
    store = store_over(FakeBucket())
    assert store.check("ada", wrap(MASTER, "ada", b"k" * 32))
    assert not store.check("ben", wrap(MASTER, "ada", b"k" * 32))
    assert not store.check("ada", b"")


async def test_a_change_in_the_bucket_drops_the_cached_key() -> None:
    bucket = FakeBucket({"ada": wrap(MASTER, "ada", b"k" * 32)})
    store = store_over(bucket)
    await store.key_of("ada")
    store._evict("ada")
    store._evict("stranger")
    await store.key_of("ada")
    assert bucket.reads == ["ada", "ada"]


async def test_a_key_that_may_have_been_deleted_while_it_was_read_is_not_cached() -> None:
    bucket = FakeBucket({"ada": wrap(MASTER, "ada", b"k" * 32)})
    store = store_over(bucket)
    store._evict("stranger")
    bucket.on_read = lambda: store._evict("ada")
    await store.key_of("ada")
    bucket.on_read = lambda: None
    await store.key_of("ada")
    await store.key_of("ada")
    assert bucket.reads == ["ada", "ada"]


async def test_a_full_cache_may_drop_the_very_key_that_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CACHED_KEYS", 0)
    bucket = FakeBucket({"ada": wrap(MASTER, "ada", b"k" * 32)})
    store = store_over(bucket)
    bucket.on_read = lambda: store._evict("ada")
    assert same(await store.key_of("ada"), DataKey(b"k" * 32))


async def test_the_key_that_was_not_used_for_longest_leaves_a_full_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CACHED_KEYS", 2)
    store = store_over(FakeBucket())
    await store.create("ada")
    await store.create("ben")
    await store.key_of("ada")
    await store.create("cem")
    assert list(store._cache) == ["ada", "cem"]


async def test_erasing_overwrites_the_bytes_before_it_removes_the_key() -> None:
    bucket = FakeBucket()
    store = store_over(bucket)
    await store.create("ada")
    bucket.facts.add("events.user.erased.ada")
    await store.erase("ada")
    assert bucket.calls == [("delete", "KV_KEYS", 41), ("purge", "ada")]
    with pytest.raises(Erased):
        await store.key_of("ada")
    await store.erase("ada")
    assert len(bucket.calls) == 2


async def test_a_process_can_be_killed_after_the_bytes_and_before_the_key_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bucket = FakeBucket()
    store = store_over(bucket)
    await store.create("ada")

    class Recorder:
        def passed(self, name: str, detail: str) -> None:
            bucket.calls.append((name,))

    monkeypatch.setattr("shared.log.crash_points._armed", Recorder())
    await store.erase("ada")
    assert bucket.calls == [("delete", "KV_KEYS", 41), ("inside_key_deletion",), ("purge", "ada")]


async def test_a_key_of_another_master_key_is_not_called_damaged_until_one_key_has_opened() -> None:
    bucket = FakeBucket({"ada": wrap(b"o" * 32, "ada", b"k" * 32)})
    store = store_over(bucket)
    with pytest.raises(DecryptionError) as unknown:
        await store.key_of("ada")
    assert store.state == "ok"
    assert unknown.value
    await store.create("ben")
    with pytest.raises(KeyLost):
        await store.key_of("ada")


@pytest.mark.parametrize("stored", [b"", b"x" * (module.WRAPPED_BYTES - 1), b"x" * (module.WRAPPED_BYTES + 1)])
async def test_a_key_of_another_length_is_damaged(stored: bytes) -> None:
    with pytest.raises(KeyLost):
        await store_over(FakeBucket({"ada": stored})).key_of("ada")


async def test_the_first_of_two_master_keys_wraps_and_both_unwrap() -> None:
    bucket = FakeBucket({"ben": wrap(b"o" * 32, "ben", b"k" * 32)})
    store = store_over(bucket, f"{MASTER_KEY},{(b'o' * 32).hex()}")
    assert same(await store.key_of("ben"), DataKey(b"k" * 32))
    await store.create("ada")
    unwrap([MASTER], "ada", bucket.values["ada"])


async def test_closing_ends_the_watch_if_there_is_one() -> None:
    ended: list[str] = []
    store = store_over(FakeBucket())
    await store.close()

    async def close() -> None:
        ended.append("watch")

    store._watch = cast(Any, SimpleNamespace(close=close))
    await store.close()
    assert ended == ["watch"]
