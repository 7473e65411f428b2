"""What a community wants to keep out, as data that both sides read: `load_policy`, `match`, `render`, `public_view`."""

from shared.model.categories import ANY_HARM, CATEGORIES, Category
from shared.policy.load import DEFAULT_POLICY, PolicyError, load_policy
from shared.policy.normalize import NORMALIZER_VERSION, Normalized, normalize
from shared.policy.pattern_dialect import DialectError
from shared.policy.prompts import PROMPT_NAMES, Prompt, PromptName, PromptTemplate, render
from shared.policy.public_view import PublicView, public_view
from shared.policy.rules import RuleHit, match
from shared.policy.schema import Action, CategoryPolicy, Overall, Policy, Rule

__all__ = [
    "ANY_HARM",
    "CATEGORIES",
    "DEFAULT_POLICY",
    "NORMALIZER_VERSION",
    "PROMPT_NAMES",
    "Action",
    "Category",
    "CategoryPolicy",
    "DialectError",
    "Normalized",
    "Overall",
    "Policy",
    "PolicyError",
    "Prompt",
    "PromptName",
    "PromptTemplate",
    "PublicView",
    "Rule",
    "RuleHit",
    "load_policy",
    "match",
    "normalize",
    "public_view",
    "render",
]
