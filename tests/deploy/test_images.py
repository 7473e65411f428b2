"""The digest of a tag comes from the registry's bytes, and nothing is written when one cannot be resolved."""

import hashlib

import httpx
import pytest

from deploy.images import __main__ as command
from deploy.images.references import Image, read_image, rewritten
from deploy.images.registry import INDEX_TYPES, NotResolved, address, current_digest

INDEX = b'{"manifests": []}'
DIGEST = f"sha256:{hashlib.sha256(INDEX).hexdigest()}"
OLD = f"sha256:{'0' * 64}"
NATS = Image("nats", "2.15.0-alpine", OLD)


def registry(kind: str = INDEX_TYPES[0], status: int = 200) -> httpx.Client:
    """Return a client of a registry that gives a token to everybody and has one manifest."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "auth.example":
            assert request.url.params["scope"] == "repository:library/nats:pull"
            return httpx.Response(200, json={"token": "t1"})
        if request.headers.get("authorization") != "Bearer t1":
            asked = 'Bearer realm="https://auth.example/token",service="r",scope="repository:library/nats:pull"'
            return httpx.Response(401, headers={"www-authenticate": asked})
        return httpx.Response(status, content=INDEX, headers={"content-type": kind})

    return httpx.Client(transport=httpx.MockTransport(answer))


def test_the_digest_is_computed_from_the_index_of_all_platforms() -> None:
    assert current_digest(registry(), NATS) == DIGEST


@pytest.mark.parametrize(
    ("client", "part"),
    [
        (registry(kind="application/vnd.oci.image.manifest.v1+json"), "not an index"),
        (registry(status=404), "404"),
        (httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(401))), "401"),
    ],
)
def test_a_tag_without_an_index_is_not_resolved(client: httpx.Client, part: str) -> None:
    with pytest.raises(NotResolved, match=part):
        current_digest(client, NATS)


def test_a_registry_that_cannot_be_reached_is_named() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(NotResolved, match="registry of nats could not be reached"):
        current_digest(httpx.Client(transport=httpx.MockTransport(refuse)), NATS)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("nats", "https://registry-1.docker.io/v2/library/nats/manifests/1"),
        ("qdrant/qdrant", "https://registry-1.docker.io/v2/qdrant/qdrant/manifests/1"),
        ("quay.io/a/b", "https://quay.io/v2/a/b/manifests/1"),
    ],
)
def test_a_name_leads_to_its_registry(name: str, url: str) -> None:
    assert address(Image(name, "1", OLD)) == url


def test_a_file_gets_the_tag_and_the_digest_of_the_list() -> None:
    text = f"image: ${{NATS_IMAGE:-nats:2.14.0@{OLD}}}\nurl: nats://nats:4222\nother:1@{OLD}\n"
    image = NATS.with_digest(DIGEST)
    assert rewritten(text, {"nats": image}) == (
        f"image: ${{NATS_IMAGE:-nats:2.15.0-alpine@{DIGEST}}}\nurl: nats://nats:4222\nother:1@{OLD}\n"
    )


@pytest.mark.parametrize("text", ["nats", "nats:2", f"nats@{OLD}", "nats:2@sha256:12"])
def test_an_incomplete_reference_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="NAME:TAG@sha256:DIGEST"):
        read_image(text)


def test_changes_show_the_old_and_the_new_digest() -> None:
    lines = command.changes({"nats": NATS}, [NATS.with_digest(DIGEST)])
    assert lines == [f"nats:2.15.0-alpine\n  - {OLD}\n  + {DIGEST}"]
    assert command.changes({"nats": NATS}, [NATS]) == []


def test_nothing_is_written_if_a_tag_cannot_be_resolved(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(client: httpx.Client, image: Image) -> str:
        raise NotResolved("The registry of nats could not be reached.")

    monkeypatch.setattr(command, "current_digest", fail)
    monkeypatch.setattr(command, "write", lambda images: pytest.fail("written"))
    assert command.main() == 1
    assert "Nothing was written." in capsys.readouterr().err
