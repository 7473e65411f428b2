"""Asks a registry for the digest of a tag, by the API of all registries (OCI Distribution Specification 1.1)."""

import hashlib
import re

import httpx

from deploy.images.references import Image

DOCKER_HUB = "registry-1.docker.io"
# An index lists one image per platform. The digest of a single platform would fail on the others.
INDEX_TYPES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
PARAMETER = re.compile(r'(\w+)="([^"]*)"')


class NotResolved(Exception):
    """The registry has no digest for a tag, or could not be reached. The message says which."""


def address(image: Image) -> str:
    """Return the URL of the manifest of an image's tag. Names without a host are those of Docker Hub."""
    host, _, path = image.name.partition("/")
    if "." not in host and ":" not in host:
        host, path = DOCKER_HUB, image.name if path else f"library/{image.name}"
    return f"https://{host}/v2/{path}/manifests/{image.tag}"


def current_digest(client: httpx.Client, image: Image) -> str:
    """Return the digest of the index that a tag names now; it is computed from the received bytes.

    Raises:
        NotResolved: the registry cannot be reached, does not know the tag, or has no index for it.
    """
    try:
        answer = _get_manifest(client, address(image))
    except httpx.HTTPError as error:
        raise NotResolved(f"The registry of {image.name} could not be reached: {error!r}.") from error
    if answer.status_code != httpx.codes.OK:
        raise NotResolved(f"The registry answered {answer.status_code} for {image.name}:{image.tag}.")
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if kind not in INDEX_TYPES:
        raise NotResolved(f"{image.name}:{image.tag} is not an index for several platforms, but {kind or 'unknown'}.")
    return f"sha256:{hashlib.sha256(answer.content).hexdigest()}"


def _get_manifest(client: httpx.Client, url: str) -> httpx.Response:
    headers = {"Accept": ", ".join(INDEX_TYPES)}
    answer = client.get(url, headers=headers)
    if answer.status_code != httpx.codes.UNAUTHORIZED:
        return answer
    # Public images also need a token, which everybody gets.
    asked = dict(PARAMETER.findall(answer.headers.get("www-authenticate", "")))
    if not (realm := asked.pop("realm", "")):
        return answer
    token = client.get(realm, params=asked).raise_for_status().json()
    headers["Authorization"] = f"Bearer {token.get('token') or token.get('access_token')}"
    return client.get(url, headers=headers)
