"""The parts of a policy about help for authors and about signs of spam.

Policy stage: source. Other stages: compile and sign (`bundle`), activate (`bundle_store`), evaluate (`rule_matching`).
"""

from typing import Annotated

from pydantic import Field

from shared.policy.policy_model import Identifier, PolicyModel, Sentence, Title


class Helpline(PolicyModel):
    """A place that helps people in a crisis. `countries`: ISO 3166-1 codes; none: everywhere. `contact`: its number.

    `url` is also the source, and `checked` the day on which somebody last looked whether the entry is right.
    """

    name: Title
    contact: Annotated[str, Field(pattern=r"^[0-9+ ()\-]{3,30}$")] | None
    url: Annotated[str, Field(pattern=r"^https://[a-z0-9.\-]+(/[A-Za-z0-9._~/\-]*)?$", max_length=200)]
    countries: Annotated[tuple[Annotated[str, Field(pattern="^[A-Z]{2}$")], ...], Field(max_length=60)]
    checked: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class SpamSignal(PolicyModel):
    """Holds a text for signs of spam beside its words. Only the server has it, and its author learns nothing of it.

    All conditions must be met: at least so many `links`, at least so many `copies` (other posts with nearly the same
    text in seven days; those of other authors only against an account of less than a week), an account younger than
    `account_hours`, and fewer than `earlier_posts` other published posts in seven days. `share_of_hold`: the score for
    spam must be at least this share of the score that holds by itself, so that an honest first post with a link is not
    held.
    """

    id: Identifier
    links: Annotated[int, Field(ge=0)] = 0
    copies: Annotated[int, Field(ge=0)] = 0
    account_hours: Annotated[float, Field(gt=0, le=168)] | None = None
    earlier_posts: Annotated[int, Field(ge=1)] | None = None
    share_of_hold: Annotated[float, Field(ge=0.0, le=1.0)]
    message: Sentence
    reason: Sentence
