"""Requests to every route of the API description: plausible ones with something hostile in one or more places."""

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from shared.ids import new_id

# Addresses that end the session of the caller or never end have tests of their own.
LEFT_OUT = frozenset({("delete", "/v1/sessions/current"), ("get", "/v1/stream")})
DEEP = "[" * 50_000
TEXTS = (
    "", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\u200b\u2060\ufeff", "\u202eabc", "e\u0301" * 200,
    "\ufdfa" * 500, "x" * 45_000, "😀" * 30, "../../etc/passwd", "..%2f..%2f", "%00", "%ff%fe", "'; DROP TABLE posts--",
    "{{constructor}}", "$where", "NaN", "null", "0", "-1", "1e400", "9" * 5000, "٣", "²", "İ", "ß", "a" * 64, "0" * 64,
    "*", ">", "a.b.>", "\r\nX-Injected: 1", '"*"', 'W/"0"', "2022-02-30T25:61:61Z", "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z", "[" * 3000, "`" * 4000, "[a](https://x<" * 3000, "<p>" * 5000,
)  # fmt: skip
# Of an import, whose rows are read one by one: the description of the API does not name their fields.
ROW_FIELDS = ("id", "text", "author", "parent_id")
# As text, because Python's writer would refuse some of them.
NUMBERS = (
    "0", "-0", "-1", "1", "1.5", "1e400", "-1e400", "NaN", "Infinity", "9007199254740993", "18446744073709551616",
    "10000000000000000000000000", "1" + "0" * 400, "1" + "0" * 5000, "1e-400", "true", "null", "[]", "{}",
)  # fmt: skip
CONTENT_TYPES = (
    "application/json", "application/json; charset=utf-16", "application/json;", "text/plain", "", "\xff",
    "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x", "application/xml",
    "application/problem+json", "application/json" + "; a=b" * 500,
)  # fmt: skip
HEADERS = (
    "accept", "accept-encoding", "authorization", "cookie", "content-encoding", "forwarded", "if-none-match",
    "if-modified-since", "idempotency-key", "last-event-id", "origin", "range", "traceparent", "tracestate", "baggage",
    "x-forwarded-for", "x-forwarded-proto", "x-csrf-token", "x-request-id", "x-http-method-override", "prefer",
)  # fmt: skip
HEADER_VALUES = (
    b"", b"\x80\xff", b"Bearer ", b"Bearer \xff\xfe", b"ottit_session=\xff; a", b"=;=", b"bytes=0-", b"bytes=5-1,9-,-0",
    b"bytes=" + b"0-0," * 500, b"00-" + b"f" * 32 + b"-" + b"0" * 16 + b"-01", b"00-zz", b"-1", b"9" * 400,
    b"x" * 4000,
    b"gzip", b"br;q=nan", b"::1, 999.1.1.1, [fe80::%25eth0]:99999, unknown", b"0", b'W/"', b"*", b"null",
)  # fmt: skip
BODIES = (
    b"", b"{", b"null", b"[]", b'"', b"\xff\xfe", b"\x00" * 100, b"\xef\xbb\xbf{}", b"{}" * 3, b"1" * 5000,
    DEEP.encode(), b'{"a":' * 30_000, json.dumps({"posts": [[]] * 200}).encode(), b'{"\\ud800": "\\udfff"}',
    "{}".encode("utf-16"), gzip.compress(b"{}"), b'{"id": 1, "id": 2}', b"{" + b'"a":1,' * 20_000 + b'"b":2}',
)  # fmt: skip


@dataclass
class HostileRequest:
    """A request. `shown` identifies it in a failure."""

    method: str
    url: str
    headers: dict[str, bytes] = field(default_factory=dict)
    body: bytes | None = None

    @property
    def shown(self) -> str:
        """The start of everything, short enough for a message."""
        return f"{self.method} {self.url[:200]} {str(self.headers)[:300]} {(self.body or b'')[:400]!r}"


class RequestMaker:
    """Makes requests from an OpenAPI document. `ids`: values for path parameters that exist."""

    def __init__(self, document: dict[str, Any], seed: int, ids: dict[str, list[str]]) -> None:
        self._document = document
        self._random = random.Random(seed)
        self._ids = ids

    def all(self) -> Iterator[HostileRequest]:
        """Yield a request for every operation."""
        for path, operations in self._document["paths"].items():
            for method, operation in operations.items():
                if (method, path) not in LEFT_OUT:
                    yield self._request(method, path, operation)

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _request(self, method: str, path: str, operation: dict[str, Any]) -> HostileRequest:
        query: list[tuple[str, str]] = []
        headers: dict[str, bytes] = {}
        for parameter in operation.get("parameters", []):
            name = parameter["name"]
            if parameter["in"] == "path":
                path = path.replace(f"{{{name}}}", self._place(name))
            elif parameter["in"] == "query" and self._chance(0.6):
                value = self._value(parameter["schema"])
                query += [(name, value.strip('"'))] * self._random.choice((1, 1, 1, 3))
            elif self._chance(0.6):
                headers[name] = self._random.choice(HEADER_VALUES)
        while self._chance(0.3):
            headers[self._random.choice(HEADERS)] = self._random.choice(HEADER_VALUES)
        if self._chance(0.05):
            query.append((self._random.choice(TEXTS)[:100], self._random.choice(TEXTS)[:100]))
        raw = [(name.encode("utf-8", "surrogatepass"), value.encode("utf-8", "surrogatepass")) for name, value in query]
        encoded = urlencode(raw)
        request = HostileRequest(method.upper(), f"{path}?{encoded[:20_000]}", headers)
        if content := operation.get("requestBody", {}).get("content"):
            request.body = self._body(content["application/json"]["schema"])
            kind = "application/json" if self._chance(0.8) else self._random.choice(CONTENT_TYPES)
            headers["content-type"] = kind.encode("latin-1")
        elif self._chance(0.1):
            request.body = self._random.choice(BODIES)
        return request

    def _place(self, name: str) -> str:
        if self._chance(0.5):
            return quote(self._random.choice(self._ids.get(name, [new_id()])))
        hostile = self._random.choice(TEXTS)[:2000].encode("utf-8", "surrogatepass")
        return quote(hostile, safe="") or "-"

    def _body(self, schema: dict[str, Any]) -> bytes:
        if self._chance(0.15):
            return self._random.choice(BODIES)
        return self._value(schema).encode("utf-8", "surrogatepass")

    def _value(self, schema: dict[str, Any], depth: int = 0) -> str:
        """Return JSON text for a schema: mostly valid, so that the request gets past the first check."""
        if self._chance(0.06):
            return self._hostile()
        schema = self._resolved(schema)
        kind = schema.get("type")
        if "enum" in schema or "const" in schema:
            return json.dumps(self._random.choice(schema.get("enum") or [schema["const"]]))
        if kind == "object" and depth < 6:
            return self._object(schema, depth)
        if kind == "array" and depth < 6:
            size = self._random.choice((0, 1, 2, 5, 60))
            return f"[{','.join(self._value(schema.get('items', {}), depth + 1) for _ in range(size))}]"
        if kind in ("integer", "number"):
            low, high = schema.get("minimum", 0), schema.get("maximum", 2**53)
            return self._random.choice((str(low), str(high), self._random.choice(NUMBERS)))
        if kind == "boolean":
            return self._random.choice(("true", "false"))
        if kind == "string":
            return self._string(schema)
        return self._hostile()

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema or "anyOf" in schema or "oneOf" in schema:
            if "$ref" in schema:
                schema = self._document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
            else:
                schema = self._random.choice(schema.get("anyOf") or schema["oneOf"])
        return schema

    def _object(self, schema: dict[str, Any], depth: int) -> str:
        required, parts = schema.get("required", []), []
        for name, inner in schema.get("properties", {}).items():
            if self._chance(0.97 if name in required else 0.5):
                parts.append(f"{json.dumps(name)}:{self._value(inner, depth + 1)}")
        if self._chance(0.03) or schema.get("additionalProperties", False) is not False:
            parts.append(f"{json.dumps(self._random.choice((*TEXTS, *ROW_FIELDS))[:100])}:{self._hostile()}")
        return f"{{{','.join(parts)}}}"

    def _string(self, schema: dict[str, Any]) -> str:
        if schema.get("format") == "date-time":
            return json.dumps(self._random.choice(("2024-02-29T12:00:00Z", *TEXTS)))
        if self._chance(0.35):
            return json.dumps(self._random.choice(TEXTS))
        valid = [
            new_id(),
            "garden",
            "They are ripe.",
            "a" * schema.get("minLength", 3),
            "0" * 64,
            "new",
            "password 123",
        ]
        valid += [one for some in self._ids.values() for one in some]
        return json.dumps(self._random.choice(valid))

    def _hostile(self) -> str:
        text = json.dumps(self._random.choice(TEXTS), ensure_ascii=self._chance(0.5))
        deep = "[" * 900 + "]" * 900
        return self._random.choice((text, self._random.choice(NUMBERS), deep, '{"a":' * 200 + "1" + "}" * 200))
