"""Reading a policy folder."""

import json
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from shared.policy.consistency import contradictions
from shared.policy.errors import PolicyError
from shared.policy.schema import Policy

DEFAULT_POLICY = Path(__file__).parent / "default"


def load_policy(source: Path) -> Policy:
    """The policy of a `policy.yaml`, or of a folder that holds one, with `prompts.yaml` and `cases.yaml` beside it.

    Raises:
        PolicyError: the file is missing, is no YAML, breaks the schema or contradicts itself.
    """
    path = source / "policy.yaml" if source.is_dir() else source
    try:
        content = _read(path)
        if isinstance(content, dict):
            for part in {"prompts", "cases"} - content.keys():
                content[part] = _read(path.with_name(f"{part}.yaml"))
        # By way of JSON: there, strict models still take names for enumerations and arrays for tuples.
        policy = Policy.model_validate_json(json.dumps(content, default=str))
    except ValidationError as error:
        raise PolicyError(path, [_named(fault["loc"], fault["msg"]) for fault in error.errors()]) from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise PolicyError(path, [f"cannot be read: {error}"]) from error
    if problems := contradictions(policy):
        raise PolicyError(path, problems)
    return policy


def _read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), _UniqueKeys)


def _named(location: tuple[int | str, ...], message: str) -> str:
    return f"{'.'.join(map(str, location)) or 'policy'}: {message.removeprefix('Value error, ')}"


class _UniqueKeys(yaml.CSafeLoader):
    """YAML itself lets a second `hold:` silently win over the first; a policy must not."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key, (place, _) in zip(keys, node.value, strict=True):
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands twice", place.start_mark)
        return super().construct_mapping(node, deep)
