"""Every free text field of every route is a line or prose, or a secret that is only compared: read from the app."""

from collections.abc import Iterator
from typing import Annotated, Any, get_args

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from services.gateway.app import create_app
from services.gateway.http.openapi import ANY_KEY
from services.gateway.imports.schemas import ImportRow
from services.gateway.settings import Settings
from shared.security.text_rules import MESSAGES

# Compared or hashed, never stored as text, never shown.
SECRETS = {"password", "current", "new", "code"}
PROSE = {"body", "text", "guideline", "reason", "q"}
CONTROLS = ["a\x00b", "a\x1b[2Jb", "a\x9bb", "a\x7fb", "a\ud800b"]
ONLY_IN_LINES = ["a\u202eb", "a\u2066b", "a\nb", "a\U000e0041b", "\u200b\u200b", "\u3164\u3164"]


def test_every_free_text_field_refuses_control_characters(fields: dict[str, FieldInfo]) -> None:
    free = {name: field for name, field in fields.items() if _is_free(field) and _last(name) not in SECRETS}
    assert {"POST /v1/posts title", "POST /v1/tokens name", "GET /v1/search q", "ImportRow author"} <= set(free)
    for name, field in free.items():
        for text in [*CONTROLS, *([] if _last(name) in PROSE else ONLY_IN_LINES)]:
            codes = _codes_of(field, text)
            assert codes & {*MESSAGES, "string_unicode"}, f"{name} accepts {text!a}: {codes}"


def test_prose_keeps_the_marks_of_every_language(fields: dict[str, FieldInfo]) -> None:
    prose = {name: field for name, field in fields.items() if _is_free(field) and _last(name) in PROSE}
    assert len(prose) > 8
    for name, field in prose.items():
        for text in ("a\nb", "\u2067\u05e9\u2069", "a\u202eb"):
            assert not _codes_of(field, text), name


@pytest.fixture(scope="module")
def fields() -> dict[str, FieldInfo]:
    """Return every field of a request that can be a string."""
    found = dict(_of_model("ImportRow", ImportRow))
    routes: list[APIRoute] = create_app(Settings(master_key=ANY_KEY)).state.api_routes
    for route in routes:
        name = f"{'/'.join(sorted(route.methods or ()))} {route.path}"
        for parameter in (*route.dependant.path_params, *route.dependant.query_params):
            found[f"{name} {parameter.name}"] = parameter.field_info
        for body in route.dependant.body_params:
            for model in _models(body.field_info.annotation):
                found.update(_of_model(name, model))
    return found


def _of_model(name: str, model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    for key, field in model.model_fields.items():
        yield f"{name} {key}", field
        for inner in _models(field.annotation):
            yield from _of_model(f"{name} {key}", inner)


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]


def _is_free(field: FieldInfo) -> bool:
    """Return whether a field takes texts without a pattern and without a list of values."""
    schema = _adapter(field).json_schema()
    return any(
        part.get("type") == "string" and not {"pattern", "enum", "const", "format"} & set(part)
        for part in (schema, *schema.get("anyOf", []))
    )


def _adapter(field: FieldInfo) -> TypeAdapter[Any]:
    annotated: Any = Annotated[field.annotation, field]
    return TypeAdapter(annotated)


def _codes_of(field: FieldInfo, text: str) -> set[str]:
    try:
        _adapter(field).validate_python(text)
    except ValidationError as error:
        return {row["type"] for row in error.errors()}
    return set()


def _last(name: str) -> str:
    return name.split()[-1]
