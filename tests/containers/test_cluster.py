"""Three brokers, two replicas of each worker, two gateways behind a proxy: one of each may fail."""

from collections.abc import Iterator

import pytest

from tests.containers.compose import EMBEDDED, ComposeProject, running_project
from tests.containers.engine import has_image, image
from tests.containers.writer import Writer

pytestmark = pytest.mark.containers
BASE, WITHOUT_QDRANT = EMBEDDED


@pytest.fixture(scope="module")
def cluster(images: dict[str, str]) -> Iterator[ComposeProject]:
    """The cluster without Qdrant, whose image may be missing: one embedded index, two replicas of the rest."""
    proxy = image("PROXY_IMAGE", "deploy/compose.cluster.yaml")
    if not has_image(proxy):
        pytest.skip(f"the engine has no image {proxy}")
    with running_project("ottit-test-cluster", BASE, "deploy/compose.cluster.yaml", WITHOUT_QDRANT) as project:
        loaded = project.ottit("demo")
        assert loaded.returncode == 0, loaded.stdout + loaded.stderr
        yield project


def test_every_declared_stream_is_on_three_nodes(cluster: ComposeProject) -> None:
    script = (
        "import asyncio, orjson, nats\n"
        "from shared.log.provision import OperatorSettings, differences\n"
        "async def main():\n"
        "    s = OperatorSettings()\n"
        "    c = await nats.connect(s.broker_url, user='operator', password=s.broker_password.get_secret_value())\n"
        "    print(await differences(c, 3))\n"
        "asyncio.run(main())\n"
    )
    assert (
        cluster.check("run", "--rm", "--no-deps", "-T", "--entrypoint", "python", "operator", "-c", script).strip()
        == "[]"
    )


@pytest.mark.parametrize("lost", ["nats-2", "moderation", "gateway"])
def test_one_of_each_may_fail(cluster: ComposeProject, lost: str) -> None:
    writer = Writer(cluster.url)
    container = cluster.check("ps", "-q", lost).split()[0]
    cluster.kill(container)
    posts = [writer.submit(f"{number} without one {lost}") for number in range(5)]

    assert {writer.settled(post) for post in posts} == {"published"}
    cluster.check("up", "-d", "--wait", "--no-recreate")
