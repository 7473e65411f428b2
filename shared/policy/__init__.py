"""What a community wants to keep out, as data that both sides read: `load_policy`, `match`, `public_view`."""

from shared.policy.errors import DialectError, PolicyError
from shared.policy.load import DEFAULT_POLICY, load_policy
from shared.policy.normalize import NORMALIZER_VERSION, Normalized, normalize
from shared.policy.public import public_view
from shared.policy.rules import RuleHit, match
from shared.policy.schema import CATEGORIES, Action, Category, CategoryPolicy, Policy, Rule

__all__ = [
    "CATEGORIES",
    "DEFAULT_POLICY",
    "NORMALIZER_VERSION",
    "Action",
    "Category",
    "CategoryPolicy",
    "DialectError",
    "Normalized",
    "Policy",
    "PolicyError",
    "Rule",
    "RuleHit",
    "load_policy",
    "match",
    "normalize",
    "public_view",
]
