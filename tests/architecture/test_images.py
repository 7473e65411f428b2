"""Every image of others is named with the digest of its contents, and every action of a workflow by its commit."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.images.references import PINNED, files, pinned_images
from tests.architecture.source_files import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE = [ROOT / "compose.yaml", *sorted(DEPLOY.glob("compose.*.yaml"))]
MANIFESTS = sorted((DEPLOY / "k8s").rglob("*.yaml"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))
OWN = "ottit/"
# A variable with a default, so that a machine without a registry can use an image of its own.
VARIABLE = re.compile(r"\$\{\w+:-([^}]+)\}")
# The chart compares the tag as a version, so it cannot have a digest: the file says so.
WITHOUT_DIGEST = {"deploy/k8s/charts/qdrant.yaml"}


class Loader(yaml.SafeLoader):
    """Reads compose files: `!override` and `!reset` do not matter here."""


Loader.add_multi_constructor("!", lambda loader, _, node: None)


def images_in(value: Any) -> Iterator[str]:
    """Yield what is below the keys `image`, at any depth. A chart names the repository and the tag apart."""
    for key, child in value.items() if isinstance(value, dict) else enumerate(value):
        if key == "image" and isinstance(child, str):
            yield VARIABLE.sub(r"\1", child)
        elif key == "image" and "repository" in child:
            yield f"{child['repository']}:{child['tag']}"
        elif isinstance(child, dict | list):
            yield from images_in(child)


def named_images() -> dict[str, set[str]]:
    """Return file → the images of others that it names."""
    found = {path: set(images_in(yaml.load(path.read_text(encoding="utf-8"), Loader))) for path in COMPOSE}
    for path in MANIFESTS:
        documents = [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one]
        found[path] = {image for document in documents for image in images_in(document)}
    return {
        path.relative_to(ROOT).as_posix(): {image for image in images if not image.startswith(OWN)}
        for path, images in found.items()
    }


def test_every_image_of_a_deployment_is_pinned_by_its_digest() -> None:
    pinned = set(map(str, pinned_images().values()))
    unpinned = {path: images - pinned for path, images in named_images().items() if images - pinned}
    assert set(unpinned) <= WITHOUT_DIGEST, f"pin them in {PINNED.relative_to(ROOT)}: {unpinned}"
    assert sum(map(len, named_images().values())) >= len(pinned) - len({"python", "node"})


def test_the_stages_of_the_dockerfile_begin_with_pinned_images() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    defaults = dict(re.findall(r"^ARG (\w+_IMAGE)=(\S+)$", text, re.MULTILINE))
    assert set(defaults.values()) == {str(pinned_images()[name]) for name in ("python", "node")}
    stages = set(re.findall(r" AS (\w+)$", text, re.MULTILINE))
    bases = set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) - stages
    assert bases == {"${NODE_IMAGE}", "${PYTHON_IMAGE}", "${SERVICE}"}


def test_compose_builds_on_the_images_that_the_dockerfile_names() -> None:
    arguments = yaml.load((ROOT / "compose.yaml").read_text(encoding="utf-8"), Loader)["x-arguments"]
    found = {VARIABLE.sub(r"\1", value) for value in arguments.values()}
    assert found == {str(pinned_images()[name]) for name in ("python", "node")}


def test_every_image_of_the_list_is_used_and_the_list_is_sorted() -> None:
    lines = PINNED.read_text(encoding="utf-8").splitlines()
    texts = [path.read_text(encoding="utf-8") for path in files()]
    assert lines == sorted(lines)
    assert [line for line in lines if not any(line in text for text in texts)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_uses_actions_by_their_commit(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    uses = re.findall(r"uses: *(\S+)(.*)$", text, re.MULTILINE)
    assert uses
    for action, comment in uses:
        assert re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40}", action), f"{action} can change at any time"
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), f"say which release {action} is"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_no_more_rights_than_it_needs(path: Path) -> None:
    workflow = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    assert workflow["permissions"] == {"contents": "read"}
    assert "pull_request_target" not in workflow["on"]
    for name, job in workflow["jobs"].items():
        assert "permissions" not in job, f"{name} asks for rights of its own"
        assert job["timeout-minutes"]
        for step in job["steps"]:
            # A step of a pull request could otherwise read the token from the checkout's configuration.
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] == "false"
