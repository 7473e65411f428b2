"""Names of spans and attributes for calls to language models.

OpenTelemetry semantic conventions 1.37.0, generative AI client spans (status: development):
https://github.com/open-telemetry/semantic-conventions/blob/v1.37.0/docs/gen-ai/gen-ai-spans.md
Messages, instructions and response ids are never recorded: prompts contain user text.
"""

OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
REQUEST_MODEL = "gen_ai.request.model"
REQUEST_MAX_TOKENS = "gen_ai.request.max_tokens"
REQUEST_TEMPERATURE = "gen_ai.request.temperature"
OUTPUT_TYPE = "gen_ai.output.type"
RESPONSE_MODEL = "gen_ai.response.model"
FINISH_REASONS = "gen_ai.response.finish_reasons"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
ERROR_TYPE = "error.type"
SERVER_ADDRESS = "server.address"
SERVER_PORT = "server.port"

# The conventions define no name for the cost; in US dollars.
COST_USD = "ottit.cost_usd"

CHAT = "chat"
# The conventions do not define this operation, but allow others.
MODERATION = "moderation"
OPENAI = "openai"
JSON = "json"


def span_name(operation: str, model: str) -> str:
    """Return `{operation} {model}`, as the conventions require."""
    return f"{operation} {model}"
