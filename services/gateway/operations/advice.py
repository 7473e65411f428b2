"""Sentences for the operator about people and posts that wait for somebody. Pure."""

from collections.abc import Iterator


def advice(without_reviewer: int, waiting: int, mode: str) -> Iterator[str]:
    """Yield a sentence for each thing that waits without end.

    `without_reviewer`: posts that nobody may decide on; `waiting`: people who wait for an approval; `mode`: who may
    sign up.
    """
    if without_reviewer:
        yield (
            f"posts that wait and that nobody may decide on: {without_reviewer}. Nobody decides on their own posts: "
            "appoint another moderator or administrator by `ottit roles appoint`"
        )
    if waiting and mode != "approval":
        yield (
            f"people who still wait for an approval, although new ones need none: {waiting}. Decide by "
            "`ottit applications`, or let all in by `ottit applications approve --all`"
        )
