"""Tests of handles and passwords at sign-up and in imports."""

import pytest

from services.gateway.imports.commands import post_id_of
from tests.gateway.conftest import PASSWORD, Gateway
from tests.gateway.test_imports_on_broker import row, send

pytestmark = pytest.mark.broker


async def sign_up(gateway: Gateway, handle: str, password: str = PASSWORD) -> str:
    """Sign up. Returns the code of the refusal, or an empty text."""
    answer = await gateway.visitor().post("/v1/accounts", json={"handle": handle, "password": password})
    return "" if answer.status_code == 201 else str(answer.json()["code"])


async def test_a_sign_up_refuses_reserved_handles_look_alikes_and_easy_passwords(gateway: Gateway) -> None:
    assert await sign_up(gateway, "william") == ""
    codes = {
        "admin": "handle_reserved",
        "sys-tem": "handle_reserved",
        "wi11iarn": "handle_looks_alike",
        "will_iam": "handle_looks_alike",
        "william": "handle_taken",
    }
    # With the password of the account, it would be a repeat of its own sign-up.
    assert {handle: await sign_up(gateway, handle, "another phrase entirely") for handle in codes} == codes
    assert await sign_up(gateway, "margaret", "password12") == "password_common"
    assert await sign_up(gateway, "margaret", "margaret1815") == "password_has_handle"
    assert await sign_up(gateway, "margaret") == ""


async def test_an_imported_author_gets_no_misleading_handle(gateway: Gateway) -> None:
    await gateway.person("william")
    importer = (await gateway.person("importer", "importer")).http
    authors = {"a": "admin", "b": "wil-liam", "c": "grace"}
    for _ in range(2):  # a repeat changes nothing
        await send(importer, *(row(name, author=author) for name, author in authors.items()))
    last = await gateway.dependencies.log.last("post", post_id_of("c"))
    assert last is not None
    await gateway.seen(last.sequence)
    posts = [gateway.posts.post(post_id_of(name), None, moderator=True) for name in authors]
    handles = [post.author.handle for post in posts if post is not None]
    assert handles[2] == "grace"
    assert handles[0].startswith("admin-")
    assert handles[1].startswith("wil-liam-")
