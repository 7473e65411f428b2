"""The shapes of AI providers' keys, and the encodings under which a text may contain one.

Prefixes and lengths as in the providers' documentation, GitHub's list of supported secrets
(https://docs.github.com/en/code-security/reference/secret-security/supported-secret-scanning-patterns) and the rules of
gitleaks (https://github.com/gitleaks/gitleaks). Keys without a prefix (Azure, Cohere, Mistral) look like any digest and
are not recognized.
"""

import binascii
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

# Prefix of a key → its providers.
PREFIXES = {
    "sk-": "OpenAI, Anthropic (sk-ant-), OpenRouter (sk-or-), DeepSeek, Moonshot, Stability, LiteLLM, and others",
    "sk_": "ElevenLabs, Novita",
    "gsk_": "Groq",
    "hf_": "Hugging Face",
    "api_org_": "Hugging Face, organizations",
    "xai-": "xAI",
    "pplx-": "Perplexity",
    "nvapi-": "Nvidia",
    "csk-": "Cerebras",
    "fw_": "Fireworks",
    "fpk_": "Fireworks",
    "r8_": "Replicate",
    "tgp_v1_": "Together",
    "jina_": "Jina",
    "pa-": "Voyage",
    "esecret_": "Anyscale",
    "dapi": "Databricks",
    "lsv2_": "LangSmith",
    "ABSK": "Amazon Bedrock",
    "ya29.": "Google Cloud, access tokens",
    "ghp_": "GitHub Models",
    "github_pat_": "GitHub Models",
}
# Ordinary names start like these, too; the rest of a key tells them apart.
_PREFIXED = re.compile(rf"(?<![A-Za-z0-9_-])(?:{'|'.join(map(re.escape, PREFIXES))})([A-Za-z0-9_-]{{16,400}})".encode())
# Google's keys have a fixed length.
_GOOGLE = re.compile(rb"(?<![A-Za-z0-9_-])AIza[0-9A-Za-z_-]{35}(?![A-Za-z0-9_-])")
# Slugs are short words between dashes; a key has at least one long run without a dash.
_RUN = re.compile(rb"[A-Za-z0-9]{16,}")
_MIXED_RUN = 30  # the random part of a Hugging Face token, which may have no digits
# The longest key with its prefix, each byte written as `\u0000`, or as `%25...` twice, with room to spare.
LONGEST = 4096
# An address may pass two proxies, each of which encodes it once.
_TIMES_ENCODED = 3
_JSON_ESCAPE = re.compile(rb"\\(?:u00([0-7][0-9a-fA-F])|([/\"\\]))")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,2000}")
_TO_PLAIN_BASE64 = bytes.maketrans(b"-_", b"+/")


def contains_key(data: bytes) -> bool:
    """Return whether the bytes contain a complete provider key, encoded or not; a shortened one does not count."""
    return any(_has_key(reading) for reading in _readings(data))


def _has_key(data: bytes) -> bool:
    if _GOOGLE.search(data):
        return True
    return any(_is_random(run) for rest in _PREFIXED.findall(data) for run in _RUN.findall(rest))


def _is_random(run: bytes) -> bool:
    digits, uppers = sum(48 <= unit <= 57 for unit in run), sum(65 <= unit <= 90 for unit in run)
    lowers = len(run) - digits - uppers
    return (digits >= 2 and uppers + lowers >= 2) or (len(run) >= _MIXED_RUN and min(uppers, lowers) >= 3)


def _readings(data: bytes) -> Iterator[bytes]:
    """Yield the bytes as they are, without JSON escapes, without percent encodings, and what is base64 in them."""
    yield data
    for _ in range(_TIMES_ENCODED):
        decoded = unquote_to_bytes(_JSON_ESCAPE.sub(_unescaped, data))
        if decoded == data:
            break
        yield decoded
        data = decoded
    for run in _BASE64.findall(data):
        yield from _of_base64(run)


def _unescaped(escape: re.Match[bytes]) -> bytes:
    return bytes([int(escape[1], 16)]) if escape[1] else escape[2]


def _of_base64(run: bytes) -> Iterator[bytes]:
    """Yield the decoded run, read from each of the four places where a group of four characters may begin."""
    plain = run.translate(_TO_PLAIN_BASE64)
    for start in range(4):
        rest = plain[start:]
        rest = rest[:-1] if len(rest) % 4 == 1 else rest
        decoded = binascii.a2b_base64(rest + b"=" * (-len(rest) % 4))
        if any(prefix in decoded for prefix in _PREFIX_BYTES):
            yield decoded


_PREFIX_BYTES = tuple(prefix.encode() for prefix in (*PREFIXES, "AIza") if len(prefix) > 2)
