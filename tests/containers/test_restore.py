"""Restoring lost volumes in containers from a backup outside of them."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers.compose import EMBEDDED, ComposeProject, running_project
from tests.containers.writer import Writer

pytestmark = pytest.mark.containers
# The secrets are lost, too, as on a new machine.
LOST = ("broker-data", "gateway-data", "embeddings-data", "ranking-data", "secrets-operator")


@pytest.fixture
def installation(images: dict[str, str]) -> Iterator[ComposeProject]:
    """A separate installation, whose volumes the test deletes."""
    with running_project("ottit-test-restore", *EMBEDDED) as project:
        loaded = project.ottit("demo")
        assert loaded.returncode == 0, loaded.stdout + loaded.stderr
        yield project


@pytest.fixture
def backups() -> Iterator[Path]:
    """A folder on this machine's disk that the containers' user may write to: a backup into memory is refused."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        (folder := Path(name) / "backups").mkdir()
        folder.chmod(0o777)
        Path(name).chmod(0o755)
        yield folder


def operator(installation: ComposeProject, backups: Path, *arguments: str) -> str:
    """Run an operator command with the folder of backups mounted."""
    return installation.check("run", "--rm", "--no-deps", "-T", "-v", f"{backups}:/backups", "operator", *arguments)


def test_lost_volumes_are_restored_from_a_backup(installation: ComposeProject, backups: Path) -> None:
    writer = Writer(installation.url)
    post = writer.submit("Before everything was lost")
    assert writer.settled(post) == "published"
    operator(installation, backups, "backup", "/backups/today.backup", "--with-secrets")

    installation.delete_volumes(*LOST)
    installation.check("up", "-d", "--wait", "nats")
    installation.check("run", "--rm", "-T", "provision")
    restored = operator(
        installation, backups, "restore", "/backups/today.backup", "--secrets", "/backups/secrets.backup"
    )
    assert "people with their keys" in restored
    installation.check("up", "-d", "--wait", "--force-recreate")

    writer.sign_in()
    assert "The log matches the checkpoints" in operator(installation, backups, "audit", "verify")
    assert writer.settled(post) == "published"
    assert writer.settled(writer.submit("After the restore")) == "published"
