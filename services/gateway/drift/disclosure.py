"""Which previews count, and from how many people on a figure is shown. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from services.gateway.drift.schemas import Distance, Share

# Moderators know who wrote what and what was decided. A figure about fewer people would tell them what the previews of
# one of them said.
FEWEST_PEOPLE = 5


@dataclass(frozen=True)
class KnownOrigins:
    """Policies that were active lately, and the models that they name, beside those of the decisions of the month."""

    policies: frozenset[str] = frozenset()
    models: frozenset[str] = frozenset()

    @classmethod
    def of(cls, models: Mapping[str, str]) -> "KnownOrigins":
        """Return the origins from the digests of policies, each with its model; empty for none."""
        return cls(frozenset(models), frozenset(models.values()) - {""})

    def as_values(self) -> Mapping[str, str]:
        """Return values for the queries."""
        return {"policies": json.dumps(sorted(self.policies)), "models": json.dumps(sorted(self.models))}


NONE_KNOWN = KnownOrigins()


@dataclass(frozen=True)
class People:
    """The people behind a comparison: all, those with previews without a warning, and those with a warning."""

    total: int
    reassured: int
    warned: int


def withheld(share: Share) -> Share:
    """Return a share without its numbers."""
    return share.model_copy(
        update={"count": 0, "of": 0, "share": None, "low": None, "high": None, "enough": False, "withheld": True}
    )


def share_of_people(share: Share, people: int, fewest: int) -> Share:
    """Return a share, withheld if some but too few people are behind it."""
    return withheld(share) if 0 < people < fewest else share


def disclosed(distance: Distance, people: People, fewest: int) -> Distance:
    """Return a comparison without the shares that too few people are behind, or that would give such a share away."""
    if 0 < people.total < fewest:
        shares = {name: withheld(getattr(distance, name)) for name in ("false_reassurance", "false_alarm", "agreement")}
        return distance.model_copy(update={"decided": 0, "failed_checks": 0, **shares})
    smallest = min((count for count in (people.reassured, people.warned) if count), default=0)
    return distance.model_copy(
        update={
            "false_reassurance": share_of_people(distance.false_reassurance, people.reassured, fewest),
            "false_alarm": share_of_people(distance.false_alarm, people.warned, fewest),
            "agreement": share_of_people(distance.agreement, smallest, fewest),
        }
    )


def shown_groups(people: Mapping[tuple[str, str], People], fewest: int) -> frozenset[tuple[str, str]]:
    """Return the groups that are shown: large enough, and not all but one small one, which a subtraction would show."""
    large = sorted((label for label, of in people.items() if of.total >= fewest), key=lambda label: people[label].total)
    return frozenset(large[1:] if len(large) < len(people) else large)
