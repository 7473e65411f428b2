"""Wire models of signed policies."""

from typing import Literal

from pydantic import Field

from services.gateway.http.schemas import ResponseModel
from shared.model.categories import COLUMNS, Category
from shared.model.quality import ModelQuality, shipped_quality
from shared.policy.judged_languages import ALL_LANGUAGES
from shared.policy.schema import Policy


class NoteOut(ResponseModel):
    """A signed note of the operator: a key succession, or the deliberate activation of a lower version."""

    key_id: str
    signature: str = Field(description="Ed25519 over the UTF-8 bytes of `text`, base64url.")
    text: str = Field(description="Canonical JSON.")


Engine = Literal["rules", "local", "openai"]


class Judge(ResponseModel):
    """A reader of texts before a decision: the rules, this program's own model, or a language model of a provider."""

    engine: Engine
    categories: list[Category] = Field(description="The categories in which it has a say.")
    languages: list[str] | None = Field(description="The languages that it reads (BCP 47). Null: any language.")
    measured: ModelQuality | None = Field(
        description="How often it is right. Null: nobody has measured it here, as for a provider's model."
    )


def judges_of(policy: Policy) -> list[Judge]:
    """Return the readers of a text under this policy, with the shipped figures if they are about its model."""
    quality = shipped_quality()
    if quality and (policy.model is None or policy.model.sha256 != quality.model):
        quality = None
    judges_others = policy.judged_languages.otherwise == "openai"
    of_rules = {rule.category for rule in policy.rules}
    categories: dict[Engine, list[Category]] = {
        "rules": [entry.id for entry in policy.categories if entry.id in of_rules],
        "local": [entry.id for entry in policy.categories if entry.engine == "local" and entry.id in COLUMNS],
        "openai": [entry.id for entry in policy.categories if judges_others or entry.engine == "openai"],
    }
    return [
        Judge(
            engine=engine,
            categories=names,
            languages=_languages_of(engine, policy),
            measured=quality if engine == "local" else None,
        )
        for engine, names in categories.items()
        if names
    ]


def _languages_of(engine: Engine, policy: Policy) -> list[str] | None:
    if engine == "rules":
        return None
    languages = policy.judged_languages
    judged = languages.local if engine == "local" else languages.openai
    return None if ALL_LANGUAGES in judged else list(judged)


class SignedPolicy(ResponseModel):
    """The public view of a policy. Verify it before you use it: see `client/src/policy/verify-bundle.ts`."""

    digest: str = Field(description="SHA-256 of the whole policy, including the part that stays on the server.")
    version: int
    key_id: str
    signature: str = Field(description="Ed25519 over the UTF-8 bytes of `view`, base64url.")
    view: str = Field(description="Canonical JSON.")
    judges: list[Judge] | None = Field(
        description="What reads a text under this policy, and how well. Not signed. Null for a policy by its digest."
    )
    notes: list[NoteOut] = Field(description="The chain from the keys in the page to the signing key, in order.")
