"""The moderation policy as data that server and browser share, in four stages.

1. Source: `default/*.yaml`, read by `load` into `schema` (with `prompts`, `mustache`, `pattern_dialect`).
2. Compile and sign: `bundle`, from the two views in `public_view` and the keys in `signing`.
3. Activate: `bundle_store` finds the active policy; `deploy/policy/` has the operator's commands.
4. Evaluate: `rule_matching` (with `normalize`, `disguises`, `confusables`), `windows`, `density` and `threshold_bands`;
   then `decide` in `services/moderation/domain.py`. `client/src/policy/` is the same for browsers.
"""

from shared.model.categories import ANY_HARM, CATEGORIES, LATER_CATEGORIES, Category
from shared.policy.density import MOST_NORMALIZED, TOO_DENSE_MESSAGE, TOO_DENSE_RULE, is_too_dense
from shared.policy.help_and_spam import SpamSignal
from shared.policy.load import DEFAULT_POLICY, PolicyError, load_policy
from shared.policy.normalize import NORMALIZER_VERSION, Normalized, normalize
from shared.policy.pattern_dialect import DialectError
from shared.policy.prompts import PROMPT_NAMES, Prompt, PromptName, PromptTemplate, render
from shared.policy.public_view import PublicView, public_view
from shared.policy.rule_matching import RuleHit, match
from shared.policy.schema import Action, CategoryPolicy, Overall, Policy, ReadingLimit, Rule

__all__ = [
    "ANY_HARM",
    "CATEGORIES",
    "DEFAULT_POLICY",
    "LATER_CATEGORIES",
    "MOST_NORMALIZED",
    "NORMALIZER_VERSION",
    "PROMPT_NAMES",
    "TOO_DENSE_MESSAGE",
    "TOO_DENSE_RULE",
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
    "ReadingLimit",
    "Rule",
    "RuleHit",
    "SpamSignal",
    "is_too_dense",
    "load_policy",
    "match",
    "normalize",
    "public_view",
    "render",
]
