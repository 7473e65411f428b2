"""The broker's volume is lost in containers, and comes back from a backup that lay outside of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers.compose import EMBEDDED, Composed, composed
from tests.containers.writer import Writer

pytestmark = pytest.mark.containers
# The secrets are gone, too: the machine is a new one.
LOST = ("broker-data", "gateway-data", "embeddings-data", "ranking-data", "secrets-operator")


@pytest.fixture
def installation(images: dict[str, str]) -> Iterator[Composed]:
    """An installation of its own, which will lose its volumes."""
    with composed("ottit-test-restore", *EMBEDDED) as project:
        loaded = project.ottit("demo")
        assert loaded.returncode == 0, loaded.stdout + loaded.stderr
        yield project


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    """A folder of this machine that the containers' user may write to."""
    folder = tmp_path / "backups"
    folder.mkdir()
    folder.chmod(0o777)
    return folder


def operator(installation: Composed, backups: Path, *arguments: str) -> str:
    """One command of the operator, who sees the folder of backups."""
    return installation.do("run", "--rm", "--no-deps", "-T", "-v", f"{backups}:/backups", "operator", *arguments)


def test_a_lost_volume_comes_back_from_a_backup(installation: Composed, backups: Path) -> None:
    writer = Writer(installation.url)
    post = writer.submit("Before everything was lost")
    assert writer.settled(post) == "published"
    operator(installation, backups, "backup", "/backups/today.backup", "--with-secrets")

    installation.lose(*LOST)
    installation.do("up", "-d", "--wait", "nats")
    installation.do("run", "--rm", "-T", "provision")
    restored = operator(
        installation, backups, "restore", "/backups/today.backup", "--secrets", "/backups/secrets.backup"
    )
    assert "people with their keys" in restored
    installation.do("up", "-d", "--wait", "--force-recreate")

    writer.sign_in()
    assert "The log matches the checkpoints" in operator(installation, backups, "audit", "verify")
    assert writer.settled(post) == "published"
    assert writer.settled(writer.submit("After the restore")) == "published"
