"""The part of a policy that everybody may see, and that clients run while someone writes."""

from typing import Any

from shared.policy.schema import Policy

_RULE_FIELDS = {"id", "category", "outcome", "patterns", "measure", "message"}


def public_view(policy: Policy) -> dict[str, Any]:
    """The public view, ready for JSON: the public rules, what each category says to an author, and how many
    rules are left out. Exact thresholds, private rules and the moderators' reasons are not in it."""
    rules = [rule for rule in policy.rules if rule.public]
    return {
        "name": policy.name,
        "version": policy.version,
        "digest": policy.digest,
        "normalizer": policy.normalizer,
        "appeal_days": policy.appeal_days,
        "failure_mode": policy.failure_mode.model_dump(mode="json"),
        "categories": [
            {
                "id": category.id,
                "title": category.title,
                "message": category.message,
                "strongest": "held" if category.reject is None else "rejected",
            }
            for category in policy.categories
        ],
        "rules": [rule.model_dump(mode="json", include=_RULE_FIELDS) for rule in rules],
        "rules_left_out": len(policy.rules) - len(rules),
    }
