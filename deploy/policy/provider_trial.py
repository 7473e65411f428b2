"""Asks the AI provider once before a policy that needs it is activated."""

from nats.aio.client import Client

from deploy.policy.policy_admin import CannotActivate
from shared.log.operator_requests import ProviderReply, request_one, try_provider_subject

SERVICE = "moderation"
# All attempts of a patient configuration, with their waits.
PATIENCE_S = 180.0
ANYWAY = "To activate the policy all the same: --untried."


async def require_provider(broker: Client) -> None:
    """Let moderation ask the provider about a sample text.

    Raises:
        CannotActivate: the provider gave no scores, or moderation does not answer.
    """
    answer = await request_one(broker, try_provider_subject(SERVICE), timeout_s=PATIENCE_S)
    if answer is None:
        untried = f"{SERVICE} does not answer, so the AI provider was not tried: see `ottit status`."
        raise CannotActivate(f"{untried}\n{ANYWAY}")
    if problem := ProviderReply.model_validate_json(answer).problem:
        raise CannotActivate(f"The policy needs the AI provider, which gave no scores: {problem}.\n{ANYWAY}")
